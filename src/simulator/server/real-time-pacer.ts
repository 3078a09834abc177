import { NS_PER_S, type Cancel, type Clock } from '../../base/clock.ts';

/** Calls `onPeriod` at absolute deadlines one period apart; periods that were missed are skipped, never caught up. */
export class RealTimePacer {
  private readonly clock: Clock;
  private readonly onPeriod: () => void;
  private readonly onSkipped: (periods: number) => void;
  private cancel: Cancel | null = null;

  constructor(clock: Clock, onPeriod: () => void, onSkipped: (periods: number) => void) {
    this.clock = clock;
    this.onPeriod = onPeriod;
    this.onSkipped = onSkipped;
  }

  /** Starts or restarts; the first deadline is one period from now. */
  start(periodS: number): void {
    this.stop();
    const periodNs = periodS * NS_PER_S;
    let deadlineNs = this.clock.nowNs() + periodNs;
    const fire = (): void => {
      const missed = Math.max(0, Math.floor((this.clock.nowNs() - deadlineNs) / periodNs));
      deadlineNs += (missed + 1) * periodNs;
      this.cancel = this.clock.setTimer(deadlineNs, fire);
      if (missed > 0) this.onSkipped(missed);
      this.onPeriod();
    };
    this.cancel = this.clock.setTimer(deadlineNs, fire);
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }
}
