import type { RobotSpec } from '../robot/robot-spec.ts';
import { readModelFile } from '../simulator/index.ts';
import { FirstOrderMechanics } from './first-order-mechanics.ts';
import type { Mechanics } from './mechanics.ts';

/**
 * The robot's MuJoCo model without its actuators, or one inertia a joint when the robot file states no such model.
 * Without `contacts` nothing is in the way: no table.
 * Throws E_ROBOT_FILE when the model does not load or does not fit the robot.
 */
export async function createMechanics(robot: RobotSpec, robotDirectory: string, contacts = true): Promise<Mechanics> {
  const { world } = robot;
  if (world?.type !== 'mujoco') return new FirstOrderMechanics(robot);
  const modelXml = await readModelFile(robot, world, robotDirectory);
  const { MujocoMechanics } = await import('./mujoco-mechanics.ts');
  return MujocoMechanics.create(robot, world, modelXml, contacts);
}
