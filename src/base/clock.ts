/** Cancels the call that returned it; a second call has no effect. */
export type Cancel = () => void;

/**
 * Monotonic time, injected so that a test or a lock-step simulation can control it.
 * Nanoseconds are float64 counted from the clock's own origin: exact for 104 days.
 */
export interface Clock {
  /** Nanoseconds since the origin of this clock; never decreases. */
  nowNs(): number;
  /** Calls `callback` once at or after `deadlineNs`. */
  setTimer(deadlineNs: number, callback: () => void): Cancel;
}

export const NS_PER_S = 1e9;
export const NS_PER_MS = 1e6;

/** The clock of a lock-step simulation; time changes only in `advance`. */
export class SimulatedClock implements Clock {
  private timeNs: number;
  private readonly timers: { deadlineNs: number; callback: () => void }[] = [];

  constructor(startNs = 0) {
    this.timeNs = startNs;
  }

  nowNs(): number {
    return this.timeNs;
  }

  setTimer(deadlineNs: number, callback: () => void): Cancel {
    const entry = { deadlineNs, callback };
    this.timers.push(entry);
    return () => {
      const index = this.timers.indexOf(entry);
      if (index >= 0) this.timers.splice(index, 1);
    };
  }

  /** Advances time to `toNs` and runs due callbacks in order of deadline. */
  advanceTo(toNs: number): void {
    for (;;) {
      let next: { deadlineNs: number; callback: () => void } | undefined;
      for (const entry of this.timers) {
        if (entry.deadlineNs <= toNs && (next === undefined || entry.deadlineNs < next.deadlineNs)) next = entry;
      }
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.timeNs = Math.max(this.timeNs, next.deadlineNs);
      next.callback();
    }
    this.timeNs = Math.max(this.timeNs, toNs);
  }
}
