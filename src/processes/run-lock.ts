import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';

interface LockOwner {
  readonly pid: number;
  /** Start time of the process, which distinguishes it from a later process with the same ID; null: not known. */
  readonly startedAt: string | null;
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

function isProcessAlive({ pid, startedAt }: LockOwner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startedAt === null || processStartTime(pid) === startedAt;
}

/**
 * Locks a run for this process, so that no other process writes to its log. Returns the function that releases the lock. The lock of an
 * exited process is replaced. Throws E_RUN_LOCKED with the process that has the lock.
 */
export function lockRun(runDirectory: string): () => void {
  const file = join(runDirectory, 'lock.json');
  const ownLock = JSON.stringify({ pid: process.pid, startedAt: processStartTime(process.pid) } satisfies LockOwner);
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, ownLock, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(file);
    if (owner !== null && isProcessAlive(owner)) {
      throw new SoftqdError('E_RUN_LOCKED', `run ${runDirectory} is locked by process ${owner.pid}`, {
        values: { pid: owner.pid, run: runDirectory },
      });
    }
    rmSync(file, { force: true });
  }
  throw new SoftqdError('E_RUN_LOCKED', `run ${runDirectory} was just locked by another process`);
}

/** null: the file does not exist or was truncated by a crash. */
function readOwner(file: string): LockOwner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockOwner;
  } catch {
    return null;
  }
}
