import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SoftqdError } from '../../base/errors.ts';

export interface WatchdogOptions {
  /** Open serial port, inherited by the watchdog process. */
  readonly descriptor: number;
  /** Packets that stop the servos. */
  readonly stopPackets: readonly Uint8Array[];
  /** While armed, the watchdog process stops the servos without a heartbeat for this time; 0: never. */
  readonly timeoutMs: number;
  /** It has stopped the servos because heartbeats were missing. The port stays open; the servos are disarmed. */
  readonly onStopped: () => void;
  /** It exited without a request: killed, or out of memory. */
  readonly onExit: () => void;
}

const START_TIMEOUT_MS = 10_000;
/** Unsent bytes to the process; further heartbeats are dropped. */
const MAX_UNSENT_BYTES = 1024;
const runsFromSource = import.meta.url.endsWith('.ts');

/** Handle of a watchdog process, which writes the stop packets when this process exits, hangs or stops sending heartbeats. */
export class WatchdogProcess {
  private readonly child: ChildProcess;
  private released = false;

  constructor(child: ChildProcess) {
    this.child = child;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Armed and running: call it with every command. */
  heartbeat(): void {
    this.send('a');
  }

  /** Disarmed: there is nothing to stop. */
  disarmed(): void {
    this.send('d');
  }

  /** Ends the process; with `stop` it writes the stop packets first if armed. Resolves when it has exited. */
  async shutDown({ stop }: { readonly stop: boolean }): Promise<void> {
    if (this.released) return;
    this.released = true;
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const killTimer = setTimeout(() => child.kill('SIGKILL'), 1000);
      child.once('exit', () => {
        clearTimeout(killTimer);
        resolve();
      });
      child.stdin?.end(stop ? '' : 'q\n');
    });
  }

  get isShutDown(): boolean {
    return this.released;
  }

  private send(word: string): void {
    const { stdin } = this.child;
    // A hanging watchdog process reads nothing; dropped heartbeats are repeated later.
    if (this.released || stdin?.writable !== true || stdin.writableLength > MAX_UNSENT_BYTES) return;
    stdin.write(`${word}\n`);
  }
}

/** Starts a watchdog process; resolves when it has the port and the packets. Throws E_CONNECT when it is not ready within 10 s. */
export async function startWatchdog(options: WatchdogOptions): Promise<WatchdogProcess> {
  const file = fileURLToPath(new URL(`./watchdog-main.${runsFromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  const child: ChildProcess = spawn(process.execPath, [...loader, '--max-old-space-size=32', file], {
    stdio: ['pipe', 'pipe', 'ignore', options.descriptor],
    // A process group of its own: a kill of the daemon's group does not kill the watchdog process.
    detached: true,
  });
  const watchdog = new WatchdogProcess(child);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new SoftqdError('E_INTERNAL', 'the watchdog process has no pipes');
  stdin.on('error', () => undefined);
  const hex = options.stopPackets.map((packet) => Buffer.from(packet).toString('hex'));
  stdin.write(`${['stop', Math.round(options.timeoutMs), ...hex].join(' ')}\n`);
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
  stdout.on('data', (text: string) => {
    if (text.includes('stopped')) options.onStopped();
  });
  child.once('exit', () => {
    if (!watchdog.isShutDown) options.onExit();
  });
  // Its pipes do not keep this process running.
  child.unref();
  return watchdog;
}
