import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { ClosedFormWorld } from './closed-form-world.ts';
import { readModelFile } from './model-file.ts';
import type { World } from '../port.ts';

/**
 * The world of a robot file, at the model's own initial state. `robotDirectory` holds the model file.
 * Throws E_ROBOT_FILE when the robot states no world, the model is missing or does not fit.
 */
export async function createWorld(robot: RobotSpec, robotDirectory: string): Promise<World> {
  const { world } = robot;
  if (!world)
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: the robot file has no world section; cannot simulate`);
  if (world.type === 'closed-form') return new ClosedFormWorld(robot, world);
  const modelXml = await readModelFile(robot, world, robotDirectory);
  // The engine is ten megabytes of WASM: only who needs it pays for it.
  const { MujocoWorld } = await import('./mujoco-world.ts');
  return MujocoWorld.create(robot, world, modelXml);
}
