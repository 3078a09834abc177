import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import { isProcessAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/**
 * Locks a run for this process, so that no other process writes to its log. Returns the function that releases the lock. The lock of an
 * exited process is replaced. Throws E_RUN_LOCKED with the process that has the lock.
 */
export function lockRun(runDirectory: string): () => void {
  const file = join(runDirectory, 'lock.json');
  const ownLock = JSON.stringify(ownIdentity());
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

/** The process that has locked a run; null: none, or it has exited. */
export function runOwner(runDirectory: string): ProcessIdentity | null {
  const owner = readOwner(join(runDirectory, 'lock.json'));
  return owner !== null && isProcessAlive(owner) ? owner : null;
}

/** null: the file does not exist or was truncated by a crash. */
function readOwner(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
