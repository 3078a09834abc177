import { loadAddon, NativeTicker, PreciseClock } from '../addon/index.ts';
import type { Clock } from '../base/clock.ts';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import { ClockTicker, type Ticker } from '../control/index.ts';

/** Deadlines of the kernel where the addon was built, else timers: half a millisecond later at the median. */
export function createLoopTicker(clock: Clock): Ticker {
  const { addon } = loadAddon();
  return addon === null ? new ClockTicker(clock) : new NativeTicker(addon, clock);
}

/** Real monotonic time for a line and the body on it. */
export interface LoopClock {
  readonly clock: Clock;
  /** How late its appointments may come when the machine is idle. */
  readonly timerLatenessMs: number;
  close(): void;
}

/** Appointments to some ten microseconds where the addon was built, else to the millisecond. */
export function openLoopClock(): LoopClock {
  const { addon } = loadAddon();
  if (addon === null) return { clock: new MonotonicClock(), timerLatenessMs: 1.3, close: () => undefined };
  const clock = new PreciseClock(addon);
  return { clock, timerLatenessMs: 0, close: () => clock.close() };
}
