import { toSoftqdError } from '../../base/errors.ts';
import type { ToolBus } from '../registers/open-tool-bus.ts';

const READS = 8;
/** Of `READS`: a line that damages so many would not have let the ping through. */
const DAMAGED_READS = 6;

/** Answers of this servo that came damaged so far. */
export function corruptReplyCount(bus: ToolBus, id: number): number {
  const row = bus.counters?.servos.get(id);
  return row === undefined ? 0 : row.checksum + row.wrongLength;
}

/**
 * Whether two servos answer under this id. Servos of one model answer a ping with the same bytes, which can look like one answer; where
 * their horns stand is another matter: these answers damage each other. Not noticed where both horns stand at the same step.
 */
export async function hasIdConflict(bus: ToolBus, id: number): Promise<boolean> {
  if (bus.counters === undefined) return false;
  const before = corruptReplyCount(bus, id);
  for (let read = 1; read <= READS; read++) {
    await bus.read(id, 'presentPosition', { ignoreFaults: true }).catch((thrown: unknown) => {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
    });
    if (read - (corruptReplyCount(bus, id) - before) > READS - DAMAGED_READS) return false;
  }
  return true;
}
