import { applyScheduling, loadAddon, useSingleThreadedGc } from '../addon/index.ts';
import type { Config } from '../config/index.ts';

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
    note(`control.realTimePriority, cpus and lockMemory require the native addon: ${found.reason}`);
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
