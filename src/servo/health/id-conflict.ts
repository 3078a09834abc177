import { toSoftqdError } from '../../base/errors.ts';
import type { ServoBus } from '../port.ts';

const READS = 8;
/** Corrupt replies of `READS` that indicate a conflict. A bus that corrupts so many would not have let the ping through. */
const MIN_CORRUPT_READS = 6;

/** Corrupt replies of this servo so far. */
export function corruptReplyCount(bus: ServoBus, id: number): number {
  const row = bus.counters.servos.get(id);
  return row === undefined ? 0 : row.checksum + row.wrongLength;
}

/**
 * Whether two servos have this ID. Servos of one model reply to a ping with the same bytes, which can look like one reply. Their present
 * positions differ, so that those replies corrupt each other. Two horns at the same step are not detected.
 */
export async function hasIdConflict(bus: ServoBus, id: number): Promise<boolean> {
  const before = corruptReplyCount(bus, id);
  for (let read = 1; read <= READS; read++) {
    await bus.read(id, 'presentPosition', { ignoreFaults: true }).catch((thrown: unknown) => {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
    });
    if (read - (corruptReplyCount(bus, id) - before) > READS - MIN_CORRUPT_READS) return false;
  }
  return true;
}
