import { uptime } from 'node:os';
import { loadAddon, NativeTicker, PreciseClock } from '../addon/index.ts';
import type { Clock } from '../base/clock.ts';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import { ClockTicker, type Ticker } from '../control/index.ts';

/** Kernel deadlines where the addon was built, else timers: half a millisecond later at the median. */
export function createLoopTicker(clock: Clock): Ticker {
  const { addon } = loadAddon();
  return addon === null ? new ClockTicker(clock) : new NativeTicker(addon, clock);
}

/** Real monotonic time for a control loop and its driver. */
export interface LoopClock {
  readonly clock: Clock;
  /** How late its timers may fire when the machine is idle. */
  readonly timerLatenessMs: number;
  close(): void;
}

/** Timers accurate to about ten microseconds where the addon was built, else to a millisecond. */
export function openLoopClock(): LoopClock {
  const { addon } = loadAddon();
  if (addon === null) return { clock: new MonotonicClock(), timerLatenessMs: 1.3, close: () => undefined };
  const clock = new PreciseClock(addon);
  return { clock, timerLatenessMs: 0, close: () => clock.close() };
}

/**
 * Time that this machine was suspended since it started, up to a constant: CLOCK_BOOTTIME minus CLOCK_MONOTONIC, from the addon or, to
 * 20 ms, from /proc/uptime.
 */
export function suspendedNs(): number {
  const { addon } = loadAddon();
  return addon === null ? uptime() * 1e9 - performance.now() * 1e6 : addon.suspendedNs();
}
