import type { ChildProcess } from 'node:child_process';
import { SoftqdError } from '../../base/errors.ts';
import type { StopPlan } from '../../robot/stop-plan.ts';
import type { ServoProtocolName } from '../../servo/index.ts';
import type { StoppableRobot } from '../../servo/stop/index.ts';
import { startProcess, type StartedProcess } from './start-process.ts';

export interface WatchdogOptions {
  /** Open serial port, inherited by the watchdog process. */
  readonly descriptor: number;
  readonly robot: StoppableRobot;
  readonly protocol: ServoProtocolName;
  readonly baudRate: number;
  /** How the robot is stopped when this process exits or hangs. */
  readonly plan: StopPlan;
  /** While armed, the watchdog process stops the servos without a heartbeat for this time; 0: never. */
  readonly timeoutMs: number;
  /** Socket at which the watchdog process hands over the port while it holds; null: it does not stay after this process has ended. */
  readonly holdSocketPath: string | null;
  /** Whether this process drives the robot as it should: heartbeats are sent between commands, too. */
  readonly isDriving: () => boolean;
  /** It has stopped the servos because heartbeats were missing. The port stays open; the servos are disarmed. */
  readonly onStopped: () => void;
  /** It exited without a request (killed, out of memory), or does not respond. */
  readonly onLost: (detail: string) => void;
}

/** Between two commands: a control period may be as long as the timeout. */
const HEARTBEAT_PERIOD_MS = 20;
/** A watchdog process that does not confirm heartbeats for this time hangs. */
const MAX_UNCONFIRMED_MS = 150;
/** Of the time between two checks, at most this counts: a longer one is a pause of this process, and often of the whole computer. */
const MAX_COUNTED_MS = 2 * HEARTBEAT_PERIOD_MS;
/** Unsent bytes to the process; further heartbeats are dropped. */
const MAX_UNSENT_BYTES = 16_384;
/** Length of `sun_path` without its end. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Handle of a watchdog process, which writes the stop when this process exits, hangs or stops sending heartbeats. */
export class WatchdogProcess {
  /** A kill of this process's control group does not reach the watchdog process. */
  readonly survivesGroupKill: boolean;
  private readonly child: ChildProcess;
  private readonly options: WatchdogOptions;
  private timer: NodeJS.Timeout | null = null;
  private ended = false;
  private lost = false;
  /** Time of the first heartbeat that is not confirmed, or of the last check since; null when all are confirmed. */
  private checkedMs: number | null = null;
  /** For how long heartbeats have not been confirmed, without pauses of this process. */
  private unconfirmedMs = 0;

  constructor({ child, survivesGroupKill }: StartedProcess, options: WatchdogOptions) {
    this.child = child;
    this.survivesGroupKill = survivesGroupKill;
    this.options = options;
    child.stdout?.on('data', (text: string) => this.receive(text));
    child.once('exit', (code, signal) => this.lose(`it ended with ${signal ?? String(code)}`));
    // Its pipes do not keep this process running.
    child.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** It exited or hangs: a new one is needed. */
  get isLost(): boolean {
    return this.lost;
  }

  /** Armed and driving. Call it with every command, with the packets that would stop the robot now, and after a timeout without another. */
  heartbeat(packets: readonly Uint8Array[], afterTimeout: readonly Uint8Array[] = packets): void {
    this.timer ??= setInterval(() => this.onTimer(), HEARTBEAT_PERIOD_MS);
    this.timer.unref();
    this.beat(words(packets) + (afterTimeout === packets ? '' : ` /${words(afterTimeout)}`));
  }

  /** The plan of the packets that follow: which joints hold when this process has died, and for how long. */
  setPlan(plan: StopPlan): void {
    this.send(`p ${JSON.stringify(plan)}`);
  }

  /** Disarmed; `holding`: the stop plan of joints that hold now, null when there is nothing to supervise. */
  disarmed(holding: StopPlan | null): void {
    this.stopTimer();
    this.send(holding === null ? 'd' : `h ${JSON.stringify(holding)}`);
  }

  /**
   * Ends the process. Where it was told that joints hold, or is still armed (a stop was not confirmed), it stops and supervises them on its
   * own, and is not waited for; otherwise resolves when it has exited.
   */
  async shutDown({ keep }: { readonly keep: boolean }): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.stopTimer();
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const { stdin } = child;
    if (keep) {
      await new Promise<void>((resolve) => {
        if (stdin === null) resolve();
        else stdin.end(() => resolve());
      });
      // Its output must not keep this process running.
      child.stdout?.destroy();
      return;
    }
    await new Promise<void>((resolve) => {
      const killTimer = setTimeout(() => child.kill('SIGKILL'), 1000);
      child.once('exit', () => {
        clearTimeout(killTimer);
        resolve();
      });
      stdin?.end('q\n');
    });
  }

  private onTimer(): void {
    if (this.options.isDriving()) this.beat('');
    else this.send('n');
    // Reads the pipe before it decides: this process may have been the one that was paused.
    this.countUnconfirmed();
    if (this.isUnconfirmed()) setImmediate(() => setImmediate(() => this.isUnconfirmed() && this.lose('it hangs')));
  }

  private countUnconfirmed(): void {
    if (this.checkedMs === null) return;
    const nowMs = performance.now();
    this.unconfirmedMs += Math.min(nowMs - this.checkedMs, MAX_COUNTED_MS);
    this.checkedMs = nowMs;
  }

  private isUnconfirmed(): boolean {
    return this.unconfirmedMs > MAX_UNCONFIRMED_MS;
  }

  private confirm(): void {
    this.checkedMs = null;
    this.unconfirmedMs = 0;
  }

  private beat(packets: string): void {
    this.send(`a${packets}`);
    this.checkedMs ??= performance.now();
  }

  private receive(text: string): void {
    if (text.includes('k')) this.confirm();
    if (text.includes('stopped')) this.options.onStopped();
  }

  private lose(detail: string): void {
    if (this.ended || this.lost) return;
    this.lost = true;
    this.stopTimer();
    // One that resumes later must not write to servos that another one watches.
    this.child.kill('SIGKILL');
    this.options.onLost(detail);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.confirm();
  }

  private send(line: string): void {
    const { stdin } = this.child;
    // A hanging watchdog process reads nothing; dropped heartbeats are repeated later.
    if (this.ended || stdin?.writable !== true || stdin.writableLength > MAX_UNSENT_BYTES) return;
    stdin.write(`${line}\n`);
  }
}

function words(packets: readonly Uint8Array[]): string {
  return packets.map((packet) => ` ${Buffer.from(packet).toString('hex')}`).join('');
}

/** Starts a watchdog process; resolves when it has the port and its configuration. Throws E_CONNECT when it is not ready within 10 s. */
export async function startWatchdog(options: WatchdogOptions): Promise<WatchdogProcess> {
  const { descriptor, robot, protocol, baudRate, plan, timeoutMs, holdSocketPath } = options;
  if (holdSocketPath !== null && Buffer.byteLength(holdSocketPath) > MAX_SOCKET_PATH_BYTES) {
    throw new SoftqdError('E_DATA_DIRECTORY', `${holdSocketPath}: longer than ${MAX_SOCKET_PATH_BYTES} bytes`, {
      hint: 'Choose a data directory with a shorter path with --data DIR.',
    });
  }
  const { name, servoBus } = robot;
  const config = { robot: { name, servoBus }, protocol, baudRate, plan, timeoutMs, holdSocketPath };
  return new WatchdogProcess(await startProcess(descriptor, `config ${JSON.stringify(config)}`), options);
}
