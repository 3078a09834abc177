import { applyScheduling, loadAddon, NativeTicker, PreciseClock, useSingleThreadedGc } from '../addon/index.ts';
import type { Clock } from '../base/clock.ts';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import type { Config } from '../config/index.ts';
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

/**
 * Priority, CPUs and locked memory of this process as `control.*` asks. What is not permitted is noted, and the line runs on.
 * Call it when the other processes have been started: what is set here they would inherit.
 */
export function applyLoopScheduling(control: Config['control'], note: (text: string) => void): void {
  useSingleThreadedGc();
  const { realTimePriority, niceness, cpus, lockMemory } = control;
  if (realTimePriority === 0 && niceness === 0 && cpus.length === 0 && !lockMemory) return;
  const found = loadAddon();
  if (found.addon === null) {
    note(`scheduling as control.* asks needs the native addon: ${found.reason}`);
    return;
  }
  const setting = {
    ...(niceness === 0 ? {} : { nice: niceness }),
    ...(cpus.length === 0 ? {} : { cpus }),
    ...{ lockMemory, realTimePriority },
  };
  for (const { applied, message, hint } of applyScheduling(found.addon, setting))
    note(applied ? `scheduling: ${message}` : `scheduling: ${message}. ${hint}`);
}

/** In a child: all CPUs again, whatever the daemon it comes from was bound to. */
export function resetCpuAffinity(control: Config['control'], cpuCount: number): void {
  const { addon } = loadAddon();
  if (addon === null || control.cpus.length === 0) return;
  applyScheduling(addon, { cpus: Array.from({ length: cpuCount }, (_, cpu) => cpu) });
}
