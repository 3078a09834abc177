import { open, rm, type FileHandle } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { writeCompacted } from './compaction.ts';
import { diskError, systemCode } from './disk-errors.ts';
import type { DamageCounts } from './log-damage.ts';
import { SegmentReader } from './segment-reader.ts';

export interface Recovered {
  /** Messages in the new file. */
  readonly records: number;
  /** Bytes of the original that are in no complete record: corrupt ones and those after the last complete record. */
  readonly droppedBytes: number;
  /** What is after the last complete record, or null when the bytes simply end. */
  readonly reason: string | null;
  /** What was skipped because it is corrupt. */
  readonly damaged: DamageCounts;
}

/**
 * Writes every complete, verified record of a log file to a new, closed and indexed file. The original is only read. Throws E_LOG_FILE (not
 * found, no complete record), E_USAGE (`out` exists already), E_DISK.
 */
export async function recoverLog(file: string, out: string): Promise<Recovered> {
  const reader = await SegmentReader.open(file);
  try {
    const handle = await create(out);
    try {
      const records = await writeCompacted(reader, handle);
      const { completeBytes, fileBytes, damage, damageAtEnd, closed } = reader;
      const reason = damageAtEnd?.reason ?? null;
      if (records === 0) throw nothingToRecover(file, reason);
      // Damage at the end is counted already.
      const incomplete = closed || damageAtEnd !== null ? 0 : fileBytes - completeBytes;
      return { records, droppedBytes: damage.bytes + incomplete, reason, damaged: damage };
    } catch (thrown) {
      await rm(out, { force: true });
      throw diskError(thrown, out);
    } finally {
      await handle.close();
    }
  } finally {
    await reader.close();
  }
}

function nothingToRecover(file: string, reason: string | null): SoftqdError {
  return new SoftqdError('E_LOG_FILE', `${file} contains no complete record${reason === null ? '' : `: ${reason}`}`, {
    hint: 'Nothing can be recovered from this file. Logs are the .mcap files in the log folder of a run.',
    values: { file },
  });
}

async function create(out: string): Promise<FileHandle> {
  try {
    return await open(out, 'wx');
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw diskError(thrown, out);
    throw new SoftqdError('E_USAGE', `${out} exists already and is not overwritten`, {
      hint: 'Pass another --out.',
      values: { out },
    });
  }
}
