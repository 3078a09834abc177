import { LAST_STEP_OF_TURN } from '../../robot/calibration-differences.ts';

const TURN = LAST_STEP_OF_TURN + 1;
const HALF_TURN = TURN / 2;

/** The difference of two positions of an encoder that counts 0 to 4095 and begins again, -2048 to 2047. */
export function withinHalfTurn(steps: number): number {
  return ((((steps + HALF_TURN) % TURN) + TURN) % TURN) - HALF_TURN;
}

/** How far one joint was moved, in steps from its middle; all 0 before the first sample. */
export interface RecordedRange {
  readonly lowest: number;
  readonly highest: number;
  readonly now: number;
  /** It went through the point opposite to the middle: the joint has no end stops. */
  readonly turnsFreely: boolean;
}

/** Follows joints that are moved by hand. Positions are present position registers; `middles` are those of the middle pose. */
export class RangeRecorder {
  private readonly middles: readonly number[];
  private readonly recorded: RecordedRange[];

  /** `earlier`: what was recorded before a break. */
  constructor(middles: readonly number[], earlier: readonly RecordedRange[] | null = null) {
    this.middles = middles;
    this.recorded =
      earlier === null
        ? middles.map(() => ({ lowest: 0, highest: 0, now: 0, turnsFreely: false }))
        : earlier.map((range) => ({ ...range }));
  }

  get ranges(): readonly RecordedRange[] {
    return this.recorded;
  }

  /** Takes one position of a joint. A quick jump past the point opposite to the middle counts as having gone through it. */
  add(joint: number, presentSteps: number): void {
    const range = this.recorded[joint]!;
    const now = withinHalfTurn(presentSteps - this.middles[joint]!);
    this.recorded[joint] = {
      now,
      lowest: Math.min(range.lowest, now),
      highest: Math.max(range.highest, now),
      turnsFreely: range.turnsFreely || Math.abs(now - range.now) > HALF_TURN,
    };
  }

  /** A break is over: where a joint was moved meanwhile is no jump. */
  rejoin(joint: number, presentSteps: number): void {
    this.recorded[joint] = { ...this.recorded[joint]!, now: withinHalfTurn(presentSteps - this.middles[joint]!) };
  }
}
