import type { Cancel, Clock } from '../../base/clock.ts';

/** One cycle of the control loop. */
export interface Tick {
  readonly index: number;
  readonly deadlineNs: number;
  /** When the loop woke; its distance from the deadline is the lateness. */
  readonly wakeNs: number;
  /** When its step started: later than `wakeNs` if it waited for a reading. */
  readonly startNs: number;
  /** Periods missed since the tick before. */
  readonly skipped: number;
}

/** Wakes the loop at absolute deadlines on the monotonic clock. */
export interface Ticker {
  /** Calls `onTick` at every deadline; missed ones are skipped, never caught up. */
  start(periodNs: number, onTick: OnTick): Cancel;
}

/** `shift` moves the following deadlines by a number of nanoseconds, less than a period. */
export type OnTick = (deadlineNs: number, skipped: number, shift: (byNs: number) => void) => void;

/** A ticker over any clock's timers. */
export class ClockTicker implements Ticker {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  start(periodNs: number, onTick: OnTick): Cancel {
    const { clock } = this;
    let deadlineNs = clock.nowNs() + periodNs;
    let skipped = 0;
    let cancel = clock.setTimer(deadlineNs, fire);
    let stopped = false;
    function fire(): void {
      let due = deadlineNs;
      onTick(deadlineNs, skipped, (byNs) => (due += byNs));
      if (stopped) return;
      // The next deadline in the future, on the same grid: a late tick skips, it never bursts.
      const missed = Math.max(0, Math.floor((clock.nowNs() - due) / periodNs));
      skipped = missed;
      deadlineNs = due + (missed + 1) * periodNs;
      cancel = clock.setTimer(deadlineNs, fire);
    }
    return () => {
      stopped = true;
      cancel();
    };
  }
}
