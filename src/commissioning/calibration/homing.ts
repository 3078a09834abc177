import { SoftqdError } from '../../base/errors.ts';
import { LAST_STEP_OF_TURN, type ServoCalibration } from '../../robot/calibration-mismatches.ts';
import { largestHomingOffset } from '../../robot/parse-calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { RecordedRange } from './range-recorder.ts';

const TURN = LAST_STEP_OF_TURN + 1;
const MIDDLE = TURN / 2;

/** Where a joint stood in its middle pose: the present position register, and the homing offset that the servo held then. */
export interface MiddlePose {
  readonly presentSteps: number;
  readonly heldOffsetSteps: number;
}

/** What one servo shall hold, and the part of its measured range that had to be left out, 0 to 1. */
export interface HomedServo {
  readonly values: ServoCalibration;
  readonly cutPart: number;
}

/** With more than this left out another mounting of the horn is the only right answer. */
const LARGEST_CUT_PART = 0.5;

/**
 * The calibration that makes the middle pose read 2048 and allows the recorded range; where that range would leave the turn, its own
 * middle takes the place of the pose, which was beside it then. Feetech: present = actual - offset; Dynamixel:
 * present = actual + offset, where an offset beyond a quarter turn has no effect in position mode: then the middle reads as near to 2048
 * as can be, and position mode cannot pass the point where the encoder begins anew: the range is cut on both sides alike, so that its
 * middle stays the joint's. Throws E_CALIBRATION when less than half of it would be left.
 */
export function calibrationFrom(robot: RobotSpec, joint: number, middle: MiddlePose, range: RecordedRange): HomedServo {
  const posed = homed(robot, joint, middle, range);
  const beside = range.turnsFreely ? 0 : Math.round((range.lowest + range.highest) / 2);
  const centred = homed(
    robot,
    joint,
    { ...middle, presentSteps: middle.presentSteps + beside },
    { ...range, lowest: range.lowest - beside, highest: range.highest - beside },
  );
  const best = centred.cutPart < posed.cutPart ? centred : posed;
  if (best.cutPart > LARGEST_CUT_PART) throw turnsInside(robot, joint, best.actual);
  return { values: best.values, cutPart: best.cutPart };
}

function homed(
  robot: RobotSpec,
  joint: number,
  middle: MiddlePose,
  range: RecordedRange,
): HomedServo & { readonly actual: number } {
  const { id } = robot.servoBus!.servos[joint]!;
  const dynamixel = robot.servoBus!.protocol === 'dynamixel';
  const largest = largestHomingOffset(robot, joint);
  const { presentSteps, heldOffsetSteps } = middle;
  const held = Math.abs(heldOffsetSteps) > largest ? 0 : heldOffsetSteps;
  const actual = turn(dynamixel ? presentSteps - held : presentSteps + held);
  const homingOffsetSteps = clip(dynamixel ? MIDDLE - actual : actual - MIDDLE, largest);
  // Present minus actual position, once the offset is in the servo.
  const shift = dynamixel ? homingOffsetSteps : -homingOffsetSteps;
  const free = range.turnsFreely;
  const lowest = free ? -MIDDLE - (actual + shift - MIDDLE) : range.lowest;
  const highest = free ? LAST_STEP_OF_TURN - actual - shift : range.highest;
  // Feetech counts its turn from the offset on, Dynamixel from its encoder's own zero.
  const zero = dynamixel ? Math.max(0, shift) : 0;
  const last = LAST_STEP_OF_TURN + (dynamixel ? Math.min(0, shift) : 0);
  const low = actual + shift + lowest;
  const high = actual + shift + highest;
  const cut = Math.max(0, zero - low, high - last);
  const cutPart = (2 * cut) / Math.max(1, high - low);
  return { actual, values: { id, homingOffsetSteps, minimumSteps: low + cut, maximumSteps: high - cut }, cutPart };
}

function turnsInside(robot: RobotSpec, joint: number, actual: number): SoftqdError {
  const { id } = robot.servoBus!.servos[joint]!;
  const { name } = robot.joints[joint]!;
  return new SoftqdError(
    'E_CALIBRATION',
    `${name} (servo ${id}): its encoder begins anew inside the range of motion, which position mode cannot pass`,
    {
      hint: 'Loosen the horn and mount it so that the servo stands near its own middle (2048) when the joint is in its middle.',
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
