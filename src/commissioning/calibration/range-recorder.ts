import { MAX_STEP } from '../../robot/calibration-mismatches.ts';

const TURN = MAX_STEP + 1;
const HALF_TURN = TURN / 2;

/** The difference of two positions of an encoder that wraps around after 4095, -2048 to 2047. */
export function wrapToHalfTurn(steps: number): number {
  return ((((steps + HALF_TURN) % TURN) + TURN) % TURN) - HALF_TURN;
}

/** The motion of one joint in steps from its middle pose, over several turns; all 0 before the first sample. */
export interface RecordedRange {
  readonly min: number;
  readonly max: number;
  readonly present: number;
  /** Turned by a full turn: the joint has no end stops. */
  readonly continuous: boolean;
}

/** Records joints that are moved by hand. Positions are present position registers; `middles` are those of the middle pose. */
export class RangeRecorder {
  private readonly middles: readonly number[];
  private readonly recorded: RecordedRange[];

  /** `earlier`: ranges recorded before an interruption. */
  constructor(middles: readonly number[], earlier: readonly RecordedRange[] | null = null) {
    this.middles = middles;
    this.recorded =
      earlier === null
        ? middles.map(() => ({ min: 0, max: 0, present: 0, continuous: false }))
        : earlier.map((range) => ({ ...range }));
  }

  get ranges(): readonly RecordedRange[] {
    return this.recorded;
  }

  /** Adds one position. A joint moves less than half a turn between two positions. */
  add(joint: number, presentSteps: number): void {
    const range = this.recorded[joint]!;
    const present = range.present + wrapToHalfTurn(presentSteps - this.middles[joint]! - range.present);
    const min = Math.min(range.min, present);
    const max = Math.max(range.max, present);
    this.recorded[joint] = { present, min, max, continuous: range.continuous || max - min >= TURN };
  }

  /** Continues after an interruption: the joint is in its recorded range, or else within half a turn of its middle pose. */
  resume(joint: number, presentSteps: number): void {
    const range = this.recorded[joint]!;
    const near = wrapToHalfTurn(presentSteps - this.middles[joint]!);
    const inRange = [near, near - TURN, near + TURN].find((now) => now >= range.min && now <= range.max);
    this.recorded[joint] = { ...range, present: inRange ?? near };
  }
}
