import type { RobotSpec } from '../robot/robot-spec.ts';
import type { TaskSpec } from './port.ts';
import type { TaskSettings } from './settings.ts';

/** The spec of a task with one action for each joint of the robot. */
export function taskSpec(
  robot: RobotSpec,
  { name, discount, horizon }: TaskSettings,
  observationNames: readonly string[],
  requiredSensors: readonly string[] = [],
): TaskSpec {
  const actionSize = robot.joints.length;
  return { name, robot: robot.name, observationNames, actionSize, discount, horizon, requiredSensors };
}
