import type { RobotSpec } from '../../../robot/robot-spec.ts';
import type { Task } from '../../port.ts';
import type { TaskSettings } from '../../settings.ts';
import { createPoleBalance } from './pole-balance.ts';
import { createTipBalance, TIP } from './tip-balance.ts';

/**
 * Keep poles on a cart upright. With a sensor `tip`, the tip of two poles stays high; without it, the angle of one pole stays small.
 * Throws E_TASK_SENSOR_MISSING for a robot without the sensors `qpos` and `qvel`.
 */
export function createBalance(robot: RobotSpec, settings: TaskSettings): Task {
  const hasTip = robot.sensors.some(({ name }) => name === TIP);
  return hasTip ? createTipBalance(robot, settings) : createPoleBalance(robot, settings);
}
