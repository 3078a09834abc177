import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { ClosedFormWorld } from './closed-form-world.ts';
import { readModelFile } from '../model/model-file.ts';
import type { World } from '../port.ts';

/**
 * The world of a robot file, at the initial state of the model. `robotDirectory` contains the model file.
 * Throws E_ROBOT_FILE when the robot file has no world, or the model is missing or does not match.
 */
export async function createWorld(robot: RobotSpec, robotDirectory: string): Promise<World> {
  const { world } = robot;
  if (!world)
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: the robot file has no world: softqd cannot simulate it`, {
      hint: 'Pass a simulator of your own (--simulator URL or COMMAND), or add robot.world to robot.json5.',
    });
  if (world.type === 'closed-form') return new ClosedFormWorld(robot, world);
  const source = readModelFile(robot, world, robotDirectory);
  // The engine is ten megabytes of WASM: it is loaded only when needed.
  const { MujocoWorld } = await import('./mujoco-world.ts');
  return MujocoWorld.create(robot, world, source);
}
