import { applyScheduling, loadAddon, useSingleThreadedGc } from '../addon/index.ts';
import type { Config } from '../config/index.ts';

/** The priority that `auto` takes: above ordinary threads, below the interrupt threads of the kernel (50). */
const AUTO_PRIORITY = 49;

interface SchedulingContext {
  /** `auto` is for hardware; a simulated robot runs with normal scheduling. */
  readonly isHardware: boolean;
  readonly info: (text: string) => void;
}

/**
 * Sets priority, CPUs and locked memory of this process as configured in `control.*`. What was applied, and what is not permitted, is
 * reported with `info`, one line each. Call it after the other processes were started: they would inherit these settings.
 */
export function applyLoopScheduling(control: Config['control'], { isHardware, info }: SchedulingContext): void {
  useSingleThreadedGc();
  const { niceness, cpus, lockMemory } = control;
  const automatic = control.realTimePriority === 'auto';
  const realTimePriority =
    control.realTimePriority !== 'auto' ? control.realTimePriority : isHardware ? AUTO_PRIORITY : 0;
  if (realTimePriority === 0 && niceness === 0 && cpus.length === 0 && !lockMemory) return;
  const found = loadAddon();
  if (found.addon === null) {
    info(`scheduling: normal; real-time priority, cpus and lockMemory require the native addon: ${found.reason}`);
    return;
  }
  const settings = {
    ...(niceness === 0 ? {} : { nice: niceness }),
    ...(cpus.length === 0 ? {} : { cpus }),
    ...{ lockMemory, realTimePriority },
  };
  for (const { setting, applied, message, hint } of applyScheduling(found.addon, settings)) {
    if (applied) info(`scheduling: ${message}`);
    else info(`scheduling: ${automatic && setting === 'realTimePriority' ? 'normal; ' : ''}${message}. ${hint}`);
  }
}

/** In a child process: allows all CPUs again, whatever the parent process was bound to. */
export function resetCpuAffinity(control: Config['control'], cpuCount: number): void {
  const { addon } = loadAddon();
  if (addon === null || control.cpus.length === 0) return;
  applyScheduling(addon, { cpus: Array.from({ length: cpuCount }, (_, cpu) => cpu) });
}
