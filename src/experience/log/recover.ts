import { open, rm, type FileHandle } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { writeCompacted } from './compaction.ts';
import { diskError, systemCode } from './disk-errors.ts';
import { SegmentReader } from './segment-reader.ts';

export interface Recovered {
  /** Messages in the new file. */
  readonly records: number;
  /** Bytes of the original behind its last whole record. */
  readonly droppedBytes: number;
  /** What stood at the end of the whole part, or null when the bytes simply end. */
  readonly reason: string | null;
}

/**
 * Writes every whole record of a log file to a new, closed and indexed file. The original is only read. Throws E_LOG_FILE (not found),
 * E_USAGE (`out` exists already), E_DISK.
 */
export async function recoverLog(file: string, out: string): Promise<Recovered> {
  const reader = await SegmentReader.open(file);
  try {
    const handle = await create(out);
    try {
      const records = await writeCompacted(reader, handle);
      const droppedBytes = reader.closed ? 0 : (await reader.size()) - reader.wholeBytes;
      return { records, droppedBytes, reason: reader.damage };
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
