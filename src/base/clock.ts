/** Cancels what it was returned for; calling it twice is harmless. */
export type Cancel = () => void;

/**
 * Monotonic time, injected so that a test (or a lock-step simulation) owns it.
 * Nanoseconds are float64 counted from the clock's own origin: exact for 104 days.
 */
export interface Clock {
  /** Nanoseconds since this clock's origin; never goes back. */
  nowNs(): number;
  /** Calls `callback` once at or after `deadlineNs`. */
  setTimer(deadlineNs: number, callback: () => void): Cancel;
}

export const NS_PER_S = 1e9;
export const NS_PER_MS = 1e6;

/** The time of a lock-step simulation: it stands still until `advance`. */
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

  /** Moves time to `toNs`, calling everything due on the way in order of deadline. */
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
