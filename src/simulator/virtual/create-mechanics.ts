import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { FirstOrderMechanics } from './first-order-mechanics.ts';
import type { Mechanics } from './mechanics.ts';

/**
 * The robot's MuJoCo model without its actuators, or one inertia a joint when the robot file states no such model.
 * Throws E_ROBOT_FILE when the model does not load or does not fit the robot.
 */
export async function createMechanics(robot: RobotSpec, robotDirectory: string): Promise<Mechanics> {
  const { world } = robot;
  if (world?.type !== 'mujoco') return new FirstOrderMechanics(robot);
  const file = path.join(robotDirectory, world.modelFile);
  let modelXml: string;
  try {
    modelXml = await readFile(file, 'utf8');
  } catch (error) {
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: cannot read the model ${file}`, {
      cause: error,
      values: { file },
    });
  }
  const { MujocoMechanics } = await import('./mujoco-mechanics.ts');
  return MujocoMechanics.create(robot, world, modelXml);
}
