import type { Cancel, Clock } from './clock.ts';

interface PerformanceLike {
  now(): number;
}
interface TimerGlobals {
  readonly performance: PerformanceLike;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

const globals = globalThis as unknown as TimerGlobals;

/** Real monotonic time by `performance.now()` and timers: late by about half a millisecond at the median. */
export class MonotonicClock implements Clock {
  nowNs(): number {
    return globals.performance.now() * 1e6;
  }

  setTimer(deadlineNs: number, callback: () => void): Cancel {
    const delayMs = Math.max(0, (deadlineNs - this.nowNs()) / 1e6);
    let handle = globals.setTimeout(runDueTimers, delayMs);
    const nowNs = this.nowNs.bind(this);
    function runDueTimers(): void {
      // A timer may fire up to a millisecond early: never before the deadline.
      const leftNs = deadlineNs - nowNs();
      if (leftNs > 0) handle = globals.setTimeout(runDueTimers, Math.max(1, leftNs / 1e6));
      else callback();
    }
    return () => {
      globals.clearTimeout(handle);
    };
  }
}
