import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { TaskSettings } from './settings.ts';

/** Throws E_ROBOT_FILE unless the robot has exactly `count` joints. */
export function requireJoints(robot: RobotSpec, { name, kind }: TaskSettings, count: number): void {
  if (robot.joints.length === count) return;
  const joints = `${count} joint${count === 1 ? '' : 's'}`;
  throw new SoftqdError(
    'E_ROBOT_FILE',
    `task ${name} of kind ${kind} needs a robot with ${joints}; robot ${robot.name} has ${robot.joints.length}`,
    {
      hint: 'Choose a task of another kind, or another robot.',
      values: { task: name, kind, robot: robot.name, required: count, joints: robot.joints.length },
    },
  );
}
