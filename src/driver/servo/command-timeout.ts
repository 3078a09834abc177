import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';

export interface CommandWatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** No command came in time. */
  readonly onMissed: () => void;
}

/** From armed until the first command, when that is longer than the time-out. */
const FIRST_COMMAND_TIMEOUT_MS = 1000;

/** The dead man's handle of an armed body: commands must keep coming, and the process must not have stood still. */
export class CommandTimeout {
  private readonly options: CommandWatchOptions;
  private deadlineNs = Infinity;
  /** When this process last showed that it lives. */
  private lastHeartbeatNs = -Infinity;
  private first = false;
  private cancel: Cancel = () => undefined;

  constructor(options: CommandWatchOptions) {
    this.options = options;
  }

  /** How long was waited for the command that is due now. */
  get limitMs(): number {
    const { timeoutMs } = this.options;
    return this.first ? Math.max(FIRST_COMMAND_TIMEOUT_MS, timeoutMs) : timeoutMs;
  }

  /** Armed now. */
  start(): void {
    this.first = true;
    this.lastHeartbeatNs = this.options.clock.nowNs();
    this.deadlineNs = this.lastHeartbeatNs + this.limitMs * NS_PER_MS;
    this.schedule();
  }

  commandSent(nowNs: number): void {
    this.first = false;
    this.lastHeartbeatNs = nowNs;
    this.deadlineNs = nowNs + this.limitMs * NS_PER_MS;
  }

  /** Until the first command a reading shows that the process lives; true when it does. */
  heartbeat(nowNs: number): boolean {
    if (!this.first || this.hasExpired(nowNs)) return false;
    this.lastHeartbeatNs = nowNs;
    return true;
  }

  /** Watchdog or keeper have stopped the servos by now, or are about to: this process stood still, or its line did. */
  hasExpired(nowNs: number): boolean {
    return nowNs > this.deadlineNs || nowNs - this.lastHeartbeatNs > this.options.timeoutMs * NS_PER_MS;
  }

  stop(): void {
    this.cancel();
    this.first = false;
    this.deadlineNs = Infinity;
  }

  private schedule(): void {
    const { clock, onMissed } = this.options;
    this.cancel();
    this.cancel = clock.setTimer(this.deadlineNs, () => {
      if (clock.nowNs() <= this.deadlineNs) this.schedule();
      else onMissed();
    });
  }
}
