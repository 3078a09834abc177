import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';

export interface ReceiveTimeoutOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly onTimeout: () => void;
}

/**
 * Calls `onTimeout` once when nothing was received for `timeoutMs`. It checks every half of the timeout, so that a received message costs
 * one assignment; the call is up to half a timeout late.
 */
export class ReceiveTimeout {
  private readonly options: ReceiveTimeoutOptions;
  private lastReceivedNs = 0;
  private cancel: Cancel = () => undefined;

  constructor(options: ReceiveTimeoutOptions) {
    this.options = options;
  }

  start(): void {
    this.stop();
    this.lastReceivedNs = this.options.clock.nowNs();
    this.check();
  }

  /** Monotonic arrival time. */
  received(arrivalNs: number): void {
    this.lastReceivedNs = arrivalNs;
  }

  stop(): void {
    this.cancel();
  }

  private check(): void {
    const { clock, timeoutMs, onTimeout } = this.options;
    const nowNs = clock.nowNs();
    if (nowNs - this.lastReceivedNs > timeoutMs * NS_PER_MS) onTimeout();
    else this.cancel = clock.setTimer(nowNs + (timeoutMs / 2) * NS_PER_MS, () => this.check());
  }
}
