import { SoftqdError } from '../../base/errors.ts';
import { LAST_STEP_OF_TURN, type ServoCalibration } from '../../robot/calibration-differences.ts';
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

/**
 * The calibration that makes the middle pose read 2048 and allows the recorded range. Feetech: present = actual - offset; Dynamixel:
 * present = actual + offset, where an offset beyond a quarter turn has no effect in position mode: then the middle reads as near to 2048
 * as can be. Throws E_CALIBRATION when the servo's encoder begins anew inside the range, which only another mounting of the horn mends.
 */
export function calibrationFrom(
  robot: RobotSpec,
  joint: number,
  middle: MiddlePose,
  range: RecordedRange,
): ServoCalibration {
  const { id } = robot.servoBus!.servos[joint]!;
  const dynamixel = robot.servoBus!.protocol === 'dynamixel';
  const largest = largestHomingOffset(robot, joint);
  const { presentSteps, heldOffsetSteps } = middle;
  const held = Math.abs(heldOffsetSteps) > largest ? 0 : heldOffsetSteps;
  const actual = turn(dynamixel ? presentSteps - held : presentSteps + held);
  const homingOffsetSteps = clip(dynamixel ? MIDDLE - actual : actual - MIDDLE, largest);
  if (range.turnsFreely) return { id, homingOffsetSteps, minimumSteps: 0, maximumSteps: LAST_STEP_OF_TURN };
  const centre = dynamixel ? actual + homingOffsetSteps : actual - homingOffsetSteps;
  const minimumSteps = centre + range.lowest;
  const maximumSteps = centre + range.highest;
  const turns = dynamixel && (actual + range.lowest < 0 || actual + range.highest > LAST_STEP_OF_TURN);
  if (turns || minimumSteps < 0 || maximumSteps > LAST_STEP_OF_TURN) {
    const name = robot.joints[joint]!.name;
    throw new SoftqdError(
      'E_CALIBRATION',
      `${name} (servo ${id}): its encoder begins anew inside the range of motion, which position mode cannot pass`,
      {
        hint: 'Loosen the horn and mount it so that the servo stands near its own middle (2048) when the joint is in its middle.',
        values: { joint: name, id, middleSteps: actual },
      },
    );
  }
  return { id, homingOffsetSteps, minimumSteps, maximumSteps };
}

function turn(steps: number): number {
  return ((steps % TURN) + TURN) % TURN;
}

function clip(steps: number, largest: number): number {
  return Math.max(-largest, Math.min(largest, steps));
}
