import { applyScheduling, loadAddon, useSingleThreadedGc } from '../addon/index.ts';
import type { Config } from '../config/index.ts';

/**
 * Sets priority, CPUs and locked memory of this process as configured in `control.*`. Settings that are not permitted are reported with
 * `info` and skipped. Call it after the other processes were started: they would inherit these settings.
 */
export function applyLoopScheduling(control: Config['control'], info: (text: string) => void): void {
  useSingleThreadedGc();
  const { realTimePriority, niceness, cpus, lockMemory } = control;
  if (realTimePriority === 0 && niceness === 0 && cpus.length === 0 && !lockMemory) return;
  const found = loadAddon();
  if (found.addon === null) {
    info(`control.realTimePriority, cpus and lockMemory require the native addon: ${found.reason}`);
    return;
  }
  const settings = {
    ...(niceness === 0 ? {} : { nice: niceness }),
    ...(cpus.length === 0 ? {} : { cpus }),
    ...{ lockMemory, realTimePriority },
  };
  for (const { applied, message, hint } of applyScheduling(found.addon, settings))
    info(applied ? `scheduling: ${message}` : `scheduling: ${message}. ${hint}`);
}

/** In a child process: allows all CPUs again, whatever the parent process was bound to. */
export function resetCpuAffinity(control: Config['control'], cpuCount: number): void {
  const { addon } = loadAddon();
  if (addon === null || control.cpus.length === 0) return;
  applyScheduling(addon, { cpus: Array.from({ length: cpuCount }, (_, cpu) => cpu) });
}
