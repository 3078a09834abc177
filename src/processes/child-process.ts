import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SoftqdError } from '../base/errors.ts';

/** An error that a child process sends to its parent. */
export type ChildFailure = ReturnType<SoftqdError['toJSON']>['error'];

/** The error that a child process sent. */
export function errorFromChild({ code, message, hint, values }: ChildFailure): SoftqdError {
  return new SoftqdError(code, message, { hint, values });
}

const runsFromSource = import.meta.url.endsWith('.ts');

/**
 * Starts a file as a child process, from compiled code or from source: `entry` is its URL without an ending. The child exits with its
 * parent, when the IPC channel closes.
 */
export function startChildProcess(
  entry: URL,
  options: { args?: readonly string[]; niceness?: number; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const file = `${fileURLToPath(entry)}.${runsFromSource ? 'ts' : 'js'}`;
  const child = fork(file, [...(options.args ?? [])], {
    execArgv: runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...options.env },
    serialization: 'advanced',
    // Ctrl-C is sent to the whole process group of the terminal, but the daemon decides in which order its children stop.
    detached: true,
  });
  // Never above the priority of the daemon, which may have been started with `nice`.
  if (options.niceness !== undefined && options.niceness > 0 && child.pid !== undefined)
    setNiceness(child.pid, Math.max(getPriority(), options.niceness));
  return child;
}

/**
 * Sets the nice value of a process that leads a session, and of its session's autogroup: Linux compares nice values within a session only,
 * and sessions by that of their autogroup (sched(7), "The autogroup feature"). Optional: where it is not permitted, or the process has
 * exited already, everything else works the same.
 */
function setNiceness(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // Not permitted, another system, or a kernel without autogroups.
  }
}

/** Stops a child process with SIGTERM, and with SIGKILL after `timeoutMs`. Resolves when it has exited. */
export async function stopChildProcess(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const killTimer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('exit', () => {
      clearTimeout(killTimer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
