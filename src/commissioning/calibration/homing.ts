import { SoftqdError } from '../../base/errors.ts';
import { MAX_STEP, type ServoCalibration } from '../../robot/calibration-mismatches.ts';
import { maxHomingOffset } from '../../robot/parse-calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { RecordedRange } from './range-recorder.ts';

const TURN = MAX_STEP + 1;
const MIDDLE = TURN / 2;

/** A joint in its middle pose: the present position register, and the homing offset that the servo held then. */
export interface MiddlePose {
  readonly presentSteps: number;
  readonly previousOffsetSteps: number;
}

/** The calibration of one servo, and the unusable fraction of its measured range, 0 to 1. */
export interface HomingResult {
  readonly values: ServoCalibration;
  readonly truncatedFraction: number;
}

/** With a larger unusable fraction the horn must be remounted. */
const MAX_TRUNCATED_FRACTION = 0.5;

/**
 * The calibration in which the middle pose reads 2048 and the recorded range is allowed. Where that range would leave the turn, the middle
 * of the range is used instead of the pose. Feetech: present = actual - offset. Dynamixel: present = actual + offset, where position mode
 * ignores an offset beyond a quarter turn: the middle then reads as close to 2048 as possible. Position mode cannot pass the point where
 * the encoder wraps around: the range is truncated equally on both sides, so that its middle is kept. Throws E_CALIBRATION when less than
 * half of it would remain.
 */
export function calibrationFrom(
  robot: RobotSpec,
  joint: number,
  middle: MiddlePose,
  range: RecordedRange,
): HomingResult {
  const fromPose = computeHoming(robot, joint, middle, range);
  const offset = range.continuous ? 0 : Math.round((range.min + range.max) / 2);
  const centered = computeHoming(
    robot,
    joint,
    { ...middle, presentSteps: middle.presentSteps + offset },
    { ...range, min: range.min - offset, max: range.max - offset },
  );
  const best = centered.truncatedFraction < fromPose.truncatedFraction ? centered : fromPose;
  if (best.truncatedFraction > MAX_TRUNCATED_FRACTION) throw wrapInsideRangeError(robot, joint, best.actual);
  return { values: best.values, truncatedFraction: best.truncatedFraction };
}

function computeHoming(
  robot: RobotSpec,
  joint: number,
  middle: MiddlePose,
  range: RecordedRange,
): HomingResult & { readonly actual: number } {
  const { id } = robot.servoBus!.servos[joint]!;
  const dynamixel = robot.servoBus!.protocol === 'dynamixel';
  const largest = maxHomingOffset(robot, joint);
  const { presentSteps, previousOffsetSteps } = middle;
  const held = Math.abs(previousOffsetSteps) > largest ? 0 : previousOffsetSteps;
  const actual = turn(dynamixel ? presentSteps - held : presentSteps + held);
  const homingOffsetSteps = clip(dynamixel ? MIDDLE - actual : actual - MIDDLE, largest);
  // Present minus actual position, once the offset is in the servo.
  const shift = dynamixel ? homingOffsetSteps : -homingOffsetSteps;
  const free = range.continuous;
  const lowest = free ? -MIDDLE - (actual + shift - MIDDLE) : range.min;
  const max = free ? MAX_STEP - actual - shift : range.max;
  // Feetech counts a turn from the offset, Dynamixel from the zero of its encoder.
  const zero = dynamixel ? Math.max(0, shift) : 0;
  const last = MAX_STEP + (dynamixel ? Math.min(0, shift) : 0);
  const low = actual + shift + lowest;
  const high = actual + shift + max;
  const cut = Math.max(0, zero - low, high - last);
  const truncatedFraction = (2 * cut) / Math.max(1, high - low);
  return {
    actual,
    values: { id, homingOffsetSteps, minimumSteps: low + cut, maximumSteps: high - cut },
    truncatedFraction,
  };
}

function wrapInsideRangeError(robot: RobotSpec, joint: number, actual: number): SoftqdError {
  const { id } = robot.servoBus!.servos[joint]!;
  const { name } = robot.joints[joint]!;
  return new SoftqdError(
    'E_CALIBRATION',
    `${name} (servo ${id}): the encoder wraps around inside the range of motion, which position mode does not support`,
    {
      hint: "Remount the horn so that the servo reads about 2048 at the middle of the joint's range.",
      values: { joint: name, id, middleSteps: actual },
    },
  );
}

function turn(steps: number): number {
  return ((steps % TURN) + TURN) % TURN;
}

function clip(steps: number, largest: number): number {
  return Math.max(-largest, Math.min(largest, steps));
}
