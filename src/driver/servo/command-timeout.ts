import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';

export interface CommandTimeoutOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** No command arrived in time. */
  readonly onTimeout: () => void;
}

/** From arming to the first command, when that is longer than the timeout. */
const FIRST_COMMAND_TIMEOUT_MS = 1000;

/** The command timeout of an armed driver (deadman): commands must continue to arrive, and this process must not have paused. */
export class CommandTimeout {
  private readonly options: CommandTimeoutOptions;
  private deadlineNs = Infinity;
  /** Last sign that this process is running. */
  private lastHeartbeatNs = -Infinity;
  private awaitsFirst = false;
  private cancel: Cancel = () => undefined;

  constructor(options: CommandTimeoutOptions) {
    this.options = options;
  }

  /** The timeout of the command that is due. */
  get limitMs(): number {
    const { timeoutMs } = this.options;
    return this.awaitsFirst ? Math.max(FIRST_COMMAND_TIMEOUT_MS, timeoutMs) : timeoutMs;
  }

  /** Call when armed. */
  start(): void {
    this.awaitsFirst = true;
    this.lastHeartbeatNs = this.options.clock.nowNs();
    this.deadlineNs = this.lastHeartbeatNs + this.limitMs * NS_PER_MS;
    this.schedule();
  }

  commandSent(nowNs: number): void {
    this.awaitsFirst = false;
    this.lastHeartbeatNs = nowNs;
    this.deadlineNs = nowNs + this.limitMs * NS_PER_MS;
  }

  /** Until the first command a reading shows that this process is running; true when it counts as such. */
  heartbeat(nowNs: number): boolean {
    if (!this.awaitsFirst || this.hasExpired(nowNs)) return false;
    this.lastHeartbeatNs = nowNs;
    return true;
  }

  /** Bus watchdog or watchdog process have stopped the servos, or are about to: this process or its control loop paused. */
  hasExpired(nowNs: number): boolean {
    return nowNs > this.deadlineNs || nowNs - this.lastHeartbeatNs > this.options.timeoutMs * NS_PER_MS;
  }

  stop(): void {
    this.cancel();
    this.awaitsFirst = false;
    this.deadlineNs = Infinity;
  }

  private schedule(): void {
    const { clock, onTimeout } = this.options;
    this.cancel();
    this.cancel = clock.setTimer(this.deadlineNs, () => {
      if (clock.nowNs() <= this.deadlineNs) this.schedule();
      else onTimeout();
    });
  }
}
