import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SoftqdError } from '../../base/errors.ts';

const START_TIMEOUT_MS = 10_000;
/** Real-time priority of the watchdog process, below that of the control loop. */
const PRIORITY = '5';
const runsFromSource = import.meta.url.endsWith('.ts');

/** A watchdog process that has the port and its configuration. */
export interface StartedProcess {
  readonly child: ChildProcess;
  /** A kill of this process's control group (as a service manager does it) does not reach the watchdog process. */
  readonly survivesGroupKill: boolean;
}

/**
 * Starts the watchdog process, where systemd runs in a scope of its own. Resolves when it has confirmed `configuration`, a line. Throws
 * E_CONNECT when it is not ready within 10 s.
 */
export async function startProcess(descriptor: number, configuration: string): Promise<StartedProcess> {
  const scope = scopeCommand();
  if (scope !== null) {
    try {
      return await start([...scope, ...command()], descriptor, configuration);
    } catch {
      // No user manager, or not permitted: without a scope.
    }
  }
  return start(command(), descriptor, configuration);
}

function command(): readonly string[] {
  const file = fileURLToPath(new URL(`./watchdog-main.${runsFromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  return [process.execPath, ...loader, '--max-old-space-size=48', file];
}

/** `systemd-run --scope` replaces itself by the command, with the same pipes and port; null without systemd. */
function scopeCommand(): readonly string[] | null {
  if (!existsSync('/run/systemd/system')) return null;
  const user = process.getuid?.() === 0 ? [] : ['--user'];
  return ['systemd-run', ...user, '--scope', '--quiet', '--collect'];
}

async function start(
  [program = '', ...args]: readonly string[],
  descriptor: number,
  configuration: string,
): Promise<StartedProcess> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'ignore', descriptor],
    // A process group of its own: a kill of the daemon's group does not reach the watchdog process.
    detached: true,
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new SoftqdError('E_INTERNAL', 'the watchdog process has no pipes');
  stdin.on('error', () => undefined);
  stdin.write(`${configuration}\n`);
  stdout.setEncoding('latin1');
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new SoftqdError('E_CONNECT', `the servo watchdog process did not start: ${why}`));
    };
    const timer = setTimeout(() => fail(`no response within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`it ended with ${signal ?? String(code)}`));
    stdout.on('data', (text: string) => {
      if (!text.includes('ready')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  child.removeAllListeners('exit');
  stdout.removeAllListeners('data');
  takeRealTimePriority(child.pid);
  return { child, survivesGroupKill: survivesGroupKill(child.pid) };
}

/**
 * Where it is permitted: a busy machine must not delay the stop. Only the main thread, and only when it is ready: while Node.js starts, it
 * would take the processors from everything else. Without `chrt` or permission the priority stays normal.
 */
function takeRealTimePriority(pid: number | undefined): void {
  const chrt = spawn('chrt', ['--reset-on-fork', '--rr', '--pid', PRIORITY, String(pid)], { stdio: 'ignore' });
  chrt.on('error', () => undefined);
  chrt.unref();
}

/** The control group of the child is neither this process's nor below it. */
function survivesGroupKill(pid: number | undefined): boolean {
  const own = controlGroup('self');
  const child = controlGroup(String(pid));
  return own !== null && child !== null && own !== '/' && child !== own && !child.startsWith(`${own}/`);
}

/** The path of the unified hierarchy, or of systemd's where there is none; null when it cannot be read. */
function controlGroup(pid: string): string | null {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    const line = lines.find((text) => text.startsWith('0::')) ?? lines.find((text) => text.includes(':name=systemd:'));
    return line?.split(':').slice(2).join(':') ?? null;
  } catch {
    return null;
  }
}
