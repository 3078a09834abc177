import type { Random } from '../base/random.ts';
import { jointRange } from '../robot/joint-range.ts';
import type { ResetState } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

export const DEFAULT_RANGE_FRACTION = 0.6;

/** A pose at rest, uniform over the inner `rangeFraction` of every joint's range; a slide without a range begins at 0. */
export function samplePose(robot: RobotSpec, random: Random, rangeFraction = DEFAULT_RANGE_FRACTION): ResetState {
  const qpos = Float64Array.from(robot.joints, (joint) => {
    const { min, max } = jointRange(joint) ?? { min: 0, max: 0 };
    return (min + max) / 2 + rangeFraction * (max - min) * (random.uniform() - 0.5);
  });
  return { qpos, qvel: new Float64Array(robot.joints.length) };
}
