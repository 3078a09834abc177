import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { JointActionMap } from './linear-actions.ts';

export interface IncrementalActionOptions {
  /** Joint speed of a full action, rad/s or m/s. */
  readonly speedRadOrMPerS: number;
  /** Maximum distance of a target ahead of the joint before the step is added, rad or m: it bounds the push against an obstacle. */
  readonly leadRadOrM: number;
  /** Index of the previous step's targets in the task memory, in joint order. */
  readonly targetsOffset: number;
}

/**
 * Incremental position targets: target = previous target + speed · period · action. Action 0 holds, also against gravity; a target
 * relative to the present position would sag. Throws E_ROBOT_FILE for joints without position commands.
 */
export function incrementalPositionActions(robot: RobotSpec, options: IncrementalActionOptions): JointActionMap[] {
  return robot.joints.map((_, i) => incrementalPositionAction(robot, i, options));
}

/** The same for the joint of this index alone. */
export function incrementalPositionAction(
  robot: RobotSpec,
  index: number,
  { speedRadOrMPerS, leadRadOrM, targetsOffset }: IncrementalActionOptions,
): JointActionMap {
  const { name, commandMode } = robot.joints[index]!;
  if (commandMode !== 'position') {
    throw new SoftqdError('E_ROBOT_FILE', `joint ${name}: incremental position actions require commandMode position`, {
      values: { joint: name },
    });
  }
  return {
    joint: name,
    scale: speedRadOrMPerS * robot.controlPeriodS,
    offset: ({ positions }, memory) =>
      boundedTarget(positions[index] ?? NaN, memory[targetsOffset + index] ?? NaN, leadRadOrM),
  };
}

/** The target before this step, brought to within `leadRadOrM` of where the joint is. */
export function boundedTarget(position: number, target: number, leadRadOrM: number): number {
  return Math.max(position - leadRadOrM, Math.min(position + leadRadOrM, target));
}
