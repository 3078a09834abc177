import type { RobotSpec } from '../robot/robot-spec.ts';
import { readModelFile } from '../simulator/index.ts';
import { FirstOrderMechanics } from './first-order-mechanics.ts';
import type { Mechanics } from './mechanics.ts';

/**
 * The MuJoCo model of the robot without its actuators, or one inertia per joint when the robot file has no model.
 * Without `contacts` there are no obstacles such as the table.
 * Throws E_ROBOT_FILE when the model does not load or match the robot.
 */
export async function createMechanics(robot: RobotSpec, robotDirectory: string, contacts = true): Promise<Mechanics> {
  const { world } = robot;
  if (world?.type !== 'mujoco') return new FirstOrderMechanics(robot);
  const source = readModelFile(robot, world, robotDirectory);
  const { MujocoMechanics } = await import('./mujoco-mechanics.ts');
  return MujocoMechanics.create(robot, world, source, contacts);
}
