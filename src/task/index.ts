import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { createArmReach } from './arm-reach.ts';
import { createMultiGoal } from './multi-goal.ts';
import { createPendulum } from './pendulum.ts';
import type { Task } from './port.ts';
import { createReach } from './reach.ts';
import { createSwingUp } from './swing-up.ts';
import { checkSettings, type TaskSettings } from './settings.ts';

export { MULTI_GOAL_RADIUS_M, MULTI_GOALS_M } from './multi-goal.ts';
export type * from './port.ts';
export type { TaskSettings } from './settings.ts';

type TaskFactory = (robot: RobotSpec, settings: TaskSettings) => Task;

/** Every task by robot; the names are what --task takes. */
const TASKS: ReadonlyMap<string, ReadonlyMap<string, TaskFactory>> = new Map([
  ['pendulum', new Map([['Pendulum-v1', createPendulum]])],
  ['arm2', new Map([['reach', createReach]])],
  ['point2', new Map([['MultiGoal', createMultiGoal]])],
  ['pendulum-rig', new Map([['swing-up', createSwingUp]])],
]);

/** What any robot can do whose file says how its joints move a tip. */
const ARM_TASKS: ReadonlyMap<string, TaskFactory> = new Map([['reach', createArmReach]]);

function taskFactories(robot: RobotSpec): ReadonlyMap<string, TaskFactory> {
  return TASKS.get(robot.name) ?? (robot.kinematics === undefined ? new Map() : ARM_TASKS);
}

/** The names of the tasks a robot knows. */
export function taskNames(robot: RobotSpec): string[] {
  return [...taskFactories(robot).keys()];
}

/**
 * Builds a task for a robot. Throws E_TASK_UNKNOWN naming what the robot knows, E_TASK_SENSOR_MISSING when a sensor is missing,
 * E_CONFIG_VALUE and E_CONFIG_UNKNOWN_KEY for wrong settings, E_ROBOT_FILE when the robot file lacks a range that the actions need.
 */
export function createTask(robot: RobotSpec, settings: TaskSettings): Task {
  const factory = taskFactories(robot).get(settings.name);
  if (factory === undefined) {
    const known = taskNames(robot);
    throw new SoftqdError(
      'E_TASK_UNKNOWN',
      `robot ${robot.name} has no task ${settings.name}; available: ${known.join(', ') || 'none'}`,
      {
        values: { robot: robot.name, task: settings.name, known },
        ...(ARM_TASKS.has(settings.name) ? { hint: 'This task needs kinematics in robot.json5 of the robot.' } : {}),
      },
    );
  }
  checkSettings(settings);
  return factory(robot, settings);
}
