import type { Random } from '../../../base/random.ts';
import { SoftqdError } from '../../../base/errors.ts';
import { forwardKinematics } from '../../../robot/forward-kinematics.ts';
import { jointRange } from '../../../robot/joint-range.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';

export interface ReachVolumeOptions {
  /** Fraction of every joint's range, around its middle, from which poses are drawn. */
  readonly rangeFraction: number;
  /** No joint from the second on, and no tip, is lower than this. */
  readonly minHeightM: number;
  /** The tip is at least this far from the axis of the first joint. */
  readonly minRadiusM: number;
}

/** Possible poses of an arm on a table, and the position of its tip in each. */
export interface ReachVolume {
  /** Every joint in the middle of its range. */
  readonly middle: Float64Array;
  /** A pose (rad or m, one per joint). */
  pose(random: Random): Float64Array;
  /** Tip position of such a pose: x, y, z in meters. */
  target(random: Random): Float64Array;
}

/** Ranges and defaults of ReachVolumeOptions in a task file. */
export const REACH_VOLUME_PARAMETERS = {
  rangeFraction: { default: 0.6, min: 0.01, max: 1 },
  minHeightM: { default: 0.05, min: -10, max: 10 },
  minRadiusM: { default: 0.1, min: 0, max: 10 },
} as const;

/** Rejects an arm with less than one valid pose in a hundred; at exactly that fraction it fails with probability 10^-43. */
const MAX_ATTEMPTS = 10_000;

/** Poses uniform over the inner part of every joint's range, redrawn until they qualify. Throws E_ROBOT_FILE for a slide without a range. */
export function reachVolume(
  robot: RobotSpec,
  { rangeFraction, minHeightM, minRadiusM }: ReachVolumeOptions,
): ReachVolume {
  const kinematics = forwardKinematics(robot);
  const ranges = robot.joints.map((joint) => {
    const range = jointRange(joint);
    if (range === null) {
      const { name } = joint;
      throw new SoftqdError('E_ROBOT_FILE', `joint ${name}: reach needs minPositionRadOrM and maxPositionRadOrM`, {
        values: { joint: name },
      });
    }
    return { middle: (range.min + range.max) / 2, width: rangeFraction * (range.max - range.min) };
  });

  function qualifies(points: Float64Array): boolean {
    const tip = points.length - 3;
    if (Math.hypot(points[tip]! - points[0]!, points[tip + 1]! - points[1]!) < minRadiusM) return false;
    for (let i = 5; i < points.length; i += 3) if (points[i]! < minHeightM) return false;
    return true;
  }

  function draw(random: Random): { pose: Float64Array; tip: Float64Array } {
    for (let i = 0; i < MAX_ATTEMPTS; i++) {
      const pose = Float64Array.from(ranges, ({ middle, width }) => middle + width * (random.uniform() - 0.5));
      const points = kinematics.points(pose);
      if (qualifies(points)) return { pose, tip: points.slice(-3) };
    }
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `${robot.name}: no reachable pose has the tip ${minRadiusM} m from the base axis and ${minHeightM} m above the table`,
      { values: { robot: robot.name, minHeightM, minRadiusM } },
    );
  }
  return {
    middle: Float64Array.from(ranges, ({ middle }) => middle),
    pose: (random) => draw(random).pose,
    target: (random) => draw(random).tip,
  };
}
