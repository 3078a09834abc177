import { readFileSync } from 'node:fs';

/** A process, distinguished from a later one with the same ID. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot; null: not known. */
  readonly startedAt: string | null;
}

/** The process that runs this. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: processStartTime(process.pid) };
}

/** Field 22 of /proc/PID/stat (proc(5)): start time in clock ticks since boot; null when there is no such process. */
function processStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Whether this very process is still there. */
export function isProcessAlive({ pid, startedAt }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startedAt === null || processStartTime(pid) === startedAt;
}
