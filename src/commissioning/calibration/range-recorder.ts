import { MAX_STEP } from '../../robot/calibration-mismatches.ts';

const TURN = MAX_STEP + 1;
const HALF_TURN = TURN / 2;

/** The difference of two positions of an encoder that counts 0 to 4095 and begins again, -2048 to 2047. */
export function wrapToHalfTurn(steps: number): number {
  return ((((steps + HALF_TURN) % TURN) + TURN) % TURN) - HALF_TURN;
}

/** How far one joint was moved, in steps from its middle pose, whole turns counted; all 0 before the first sample. */
export interface RecordedRange {
  readonly min: number;
  readonly max: number;
  readonly present: number;
  /** It was turned all the way round: the joint has no end stops. */
  readonly continuous: boolean;
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
        ? middles.map(() => ({ min: 0, max: 0, present: 0, continuous: false }))
        : earlier.map((range) => ({ ...range }));
  }

  get ranges(): readonly RecordedRange[] {
    return this.recorded;
  }

  /** Takes one position of a joint, which moves less than half a turn from one to the next: so a middle pose far off does no harm. */
  add(joint: number, presentSteps: number): void {
    const range = this.recorded[joint]!;
    const present = range.present + wrapToHalfTurn(presentSteps - this.middles[joint]! - range.present);
    const min = Math.min(range.min, present);
    const max = Math.max(range.max, present);
    this.recorded[joint] = { present, min, max, continuous: range.continuous || max - min >= TURN };
  }

  /** A break is over: the joint is in the range that was seen, or else on the side of its middle pose where it stands. */
  resume(joint: number, presentSteps: number): void {
    const range = this.recorded[joint]!;
    const near = wrapToHalfTurn(presentSteps - this.middles[joint]!);
    const seen = [near, near - TURN, near + TURN].find((now) => now >= range.min && now <= range.max);
    this.recorded[joint] = { ...range, present: seen ?? near };
  }
}
