import type { Cell, DriverName } from './cell.ts';
import { runCell, type CellResult } from './run-cell.ts';

/** The first servo moves its joint (shoulder_pan) without gravity. */
const SERVO_ID = 1;
const JOINT = 0;
/** From the start of the device: the joint jams, the event comes before that is found, the obstruction goes away, s. */
const JAMMED_S = 8;
const EVENT_S = 8.2;
const RELEASED_S = 13;
/** After the end of the daemon; the release lies within it, s. */
const OBSERVED_S = 7.5;
/** After the release, s. */
const MIN_OBSERVED_S = 0.5;

export interface ObstructionResult extends CellResult {
  /** How far the joint moved once nothing obstructed it any more, rad. */
  readonly movedRad: number;
}

/** A joint jams while the policy moves it, the run stops, and later the obstruction goes away. */
export async function runObstruction(driver: DriverName, event: Cell['event']): Promise<ObstructionResult> {
  const result = await runCell(
    { driver, mode: 'hold', event },
    { faults: `stuck=${SERVO_ID}@${JAMMED_S}s+${RELEASED_S - JAMMED_S}s`, eventS: EVENT_S, observedS: OBSERVED_S },
  );
  const { evidence } = result;
  const released = evidence.faults.find(({ text }) => text.endsWith('ends'));
  const after = evidence.positions.filter(({ atNs }) => atNs >= (released?.atNs ?? Infinity));
  if (after.length === 0 || after.at(-1)!.atNs - after[0]!.atNs < MIN_OBSERVED_S * 1e9)
    throw new Error('the obstruction did not go away while the device was observed');
  const [from] = after;
  const moved = after.map(({ values }) => Math.abs(values[JOINT]! - from!.values[JOINT]!));
  return { ...result, movedRad: Math.max(...moved) };
}
