import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SoftqdError } from '../../base/errors.ts';

export interface WatchdogOptions {
  /** Open serial port, inherited by the keeper. */
  readonly descriptor: number;
  /** What makes the servos stop, packet by packet. */
  readonly stopPackets: readonly Uint8Array[];
  /** While armed and without a heartbeat for so long the keeper stops the servos, too; 0 never. */
  readonly timeoutMs: number;
  /** It stopped the servos because of a silence (the port is still ours, the servos are not armed any more). */
  readonly onStopped: () => void;
  /** It ended by itself: killed, or out of memory. */
  readonly onExit: () => void;
}

const START_TIMEOUT_MS = 10_000;
/** Bytes that may wait for it. */
const MAX_UNSENT_BYTES = 1024;
const runsFromSource = import.meta.url.endsWith('.ts');

/** This end of a keeper: it writes the stop when this process dies, freezes, or says so no more. */
export class WatchdogProcess {
  private readonly child: ChildProcess;
  private released = false;

  constructor(child: ChildProcess) {
    this.child = child;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Armed, and still there: call it with every command. */
  heartbeat(): void {
    this.send('a');
  }

  /** Nothing to stop any more. */
  disarmed(): void {
    this.send('d');
  }

  /** Sends it away, with `stop` after it has written the stop if it is armed; resolves when it is gone. */
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
    // A keeper that is frozen itself reads nothing: what it would miss are repetitions.
    if (this.released || stdin?.writable !== true || stdin.writableLength > MAX_UNSENT_BYTES) return;
    stdin.write(`${word}\n`);
  }
}

/** Starts a keeper; resolves when it holds the port and knows what to write. Throws E_CONNECT when it does not come up within 10 s. */
export async function startWatchdog(options: WatchdogOptions): Promise<WatchdogProcess> {
  const file = fileURLToPath(new URL(`./watchdog-main.${runsFromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = runsFromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  const child: ChildProcess = spawn(process.execPath, [...loader, '--max-old-space-size=32', file], {
    stdio: ['pipe', 'pipe', 'ignore', options.descriptor],
    // A group of its own: who kills the daemon's whole group does not kill the keeper with it.
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
  // Its pipes do not keep this process from ending.
  child.unref();
  return watchdog;
}
