import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { createMultiGoal } from './multi-goal.ts';
import { createPendulum } from './pendulum.ts';
import type { Task } from './port.ts';
import { createReach } from './reach.ts';
import { checkSettings, type TaskSettings } from './settings.ts';

export type * from './port.ts';
export type { TaskSettings } from './settings.ts';

type TaskFactory = (robot: RobotSpec, settings: TaskSettings) => Task;

/** Every task by robot; the names are what --task takes. */
const TASKS: ReadonlyMap<string, ReadonlyMap<string, TaskFactory>> = new Map([
  ['pendulum', new Map([['Pendulum-v1', createPendulum]])],
  ['arm2', new Map([['reach', createReach]])],
  ['point2', new Map([['MultiGoal', createMultiGoal]])],
]);

/** The names of the tasks a robot knows; empty for an unknown robot. */
export function tasksOf(robotName: string): string[] {
  return [...(TASKS.get(robotName)?.keys() ?? [])];
}

/**
 * Builds a task for a robot. Throws E_TASK_UNKNOWN naming what the robot knows, E_TASK_REQUIRES when a sensor is missing,
 * E_CONFIG_VALUE and E_CONFIG_UNKNOWN_KEY for wrong settings, E_ROBOT_FILE when the robot file lacks a range that the actions need.
 */
export function createTask(robot: RobotSpec, settings: TaskSettings): Task {
  const factory = TASKS.get(robot.name)?.get(settings.name);
  if (factory === undefined) {
    const known = tasksOf(robot.name);
    throw new SoftqdError(
      'E_TASK_UNKNOWN',
      `robot ${robot.name} knows no task ${settings.name}; it knows ${known.join(', ') || 'none'}`,
      { values: { robot: robot.name, task: settings.name, known } },
    );
  }
  checkSettings(settings);
  return factory(robot, settings);
}
