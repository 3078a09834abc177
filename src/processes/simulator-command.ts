import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { SoftqdError } from '../base/errors.ts';
import { splitCommand } from './split-command.ts';

export interface SimulatorCommandLaunch {
  /** See splitCommand. */
  readonly command: string;
  readonly robot: string;
  readonly mode: 'lock-step' | 'real-time';
  readonly controlPeriodS: number;
}

/** A simulator that was started by its command. */
export interface SimulatorCommand {
  readonly url: string;
  /** Every connection must send it. */
  readonly token: string;
  readonly pid: number;
  /** Resolves when the process has exited: how, and the end of its output. */
  readonly exited: Promise<string>;
  /** The end of what it wrote so far, to be appended to a sentence; empty: nothing. */
  lastOutput(): string;
  /** Stops the process and all of its process group: SIGTERM, SIGKILL after 3 s. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const STOP_TIMEOUT_MS = 3000;
const MAX_OUTPUT_CHARACTERS = 2000;
/**
 * Ends the process group $1 when standard input ends without a line: the daemon is gone, in whatever way. A line ends the shell only.
 */
const END_WITH_PARENT = 'read -r line || { kill -s TERM -- "-$1"; sleep 3; kill -s KILL -- "-$1"; }';

/**
 * Starts the command without a shell, in its own process group, with the SOFTQD_SIMULATOR_ variables of docs/simulator-protocol.md: port, token,
 * mode, robot, control period. It need not listen yet when this resolves. Throws E_USAGE for a command that cannot be started.
 */
export async function startSimulatorCommand(launch: SimulatorCommandLaunch): Promise<SimulatorCommand> {
  const [program, ...words] = splitCommand(launch.command);
  const port = await freePort();
  const token = randomBytes(24).toString('base64url');
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(launch, port, token),
    detached: true,
  });
  const output = new OutputEnd(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(cannotStart(launch.command, cause)));
  });
  const pid = child.pid!;
  const endWithParent = spawn('/bin/sh', ['-c', END_WITH_PARENT, 'softqd-simulator', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  endWithParent.on('error', () => undefined);
  endWithParent.stdin.on('error', () => undefined);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      // What it started and left.
      signalGroup(pid, 'SIGKILL');
      endWithParent.stdin.end('exited\n');
      // What it wrote last may still be in the pipe.
      setImmediate(() => resolve(`${signal ?? `exit code ${code ?? 0}`}${output.text()}`));
    });
  });
  return {
    ...{ url: `ws://${HOST}:${port}`, token, pid, exited },
    lastOutput: () => output.text(),
    close: () => stopGroup(child, exited),
  };
}

function environment(
  { robot, mode, controlPeriodS }: SimulatorCommandLaunch,
  port: number,
  token: string,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // How this process finds its simulator is not for the simulator.
    SOFTQD_SIMULATOR_URL: undefined,
    SOFTQD_SIMULATOR_COMMAND: undefined,
    SOFTQD_SIMULATOR_TOKEN_FILE: undefined,
    SOFTQD_SIMULATOR_HOST: HOST,
    SOFTQD_SIMULATOR_PORT: String(port),
    SOFTQD_SIMULATOR_TOKEN: token,
    SOFTQD_SIMULATOR_MODE: mode,
    SOFTQD_SIMULATOR_ROBOT: robot,
    SOFTQD_SIMULATOR_CONTROL_PERIOD_S: String(controlPeriodS),
  };
}

function cannotStart(command: string, cause: Error): SoftqdError {
  return new SoftqdError('E_USAGE', `cannot start the simulator command ${command}: ${cause.message}`, {
    hint: 'Pass the address of a running simulator (ws://HOST:PORT), or a program with its arguments.',
    values: { command },
    cause,
  });
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function stopGroup({ pid, exitCode, signalCode }: ChildProcess, exited: Promise<string>): Promise<void> {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  signalGroup(pid, 'SIGTERM');
  const killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killTimer);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has exited.
  }
}

/** The end of what a process writes. */
class OutputEnd {
  private end = '';

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.end = (this.end + text).slice(-MAX_OUTPUT_CHARACTERS);
      });
    }
  }

  text(): string {
    const text = this.end.trim();
    return text === '' ? '' : `, its last output:\n${text}`;
  }
}
