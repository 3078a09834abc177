import { forwardKinematics } from '../../robot/forward-kinematics.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

/** A joint that moves the tip less than this, m per rad or m, is described by its own motion. */
const MIN_LEVER_M = 0.03;
/** The base frame: x forward, y left, z up. */
const DIRECTIONS = [
  ['forward', 'backward'],
  ['to the left, seen from the base,', 'to the right, seen from the base,'],
  ['up', 'down'],
] as const;

/** What a small motion of one joint looks like, in words: where the tip goes, by the kinematics of the robot file. */
export function expectedMotion(
  robot: RobotSpec,
  joint: number,
  { positions, by }: { readonly positions: ArrayLike<number>; readonly by: number },
): string {
  const { name, kind } = robot.joints[joint]!;
  const amount = `${Math.abs(by).toFixed(2)} ${kind === 'revolute' ? 'rad' : 'm'}`;
  const own = `${name} moves by ${amount} in its ${by > 0 ? 'positive' : 'negative'} direction (see the robot file)`;
  if (robot.kinematics === undefined) return own;
  const column = forwardKinematics(robot)
    .jacobian(positions)
    .slice(3 * joint, 3 * joint + 3);
  const axis = [0, 1, 2].reduce((most, k) => (Math.abs(column[k]!) > Math.abs(column[most]!) ? k : most), 0);
  const motionM = column[axis]! * by;
  if (Math.abs(column[axis]!) < MIN_LEVER_M) return own;
  const [positive, negative] = DIRECTIONS[axis]!;
  return `${name} moves the tip ${motionM > 0 ? positive : negative} by ${(100 * Math.abs(motionM)).toFixed(1)} cm`;
}
