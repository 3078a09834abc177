import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { ClosedFormWorld } from './closed-form-world.ts';
import type { World } from './port.ts';

/**
 * The world of a robot file, at the model's own initial state. `robotDirectory` holds the model file.
 * Throws E_ROBOT_FILE when the robot states no world, the model is missing or does not fit.
 */
export async function createWorld(robot: RobotSpec, robotDirectory: string): Promise<World> {
  const { world } = robot;
  if (!world)
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `${robot.name}: the robot file states no world, there is nothing to simulate`,
    );
  if (world.type === 'closed-form') return new ClosedFormWorld(robot, world);
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
  // The engine is ten megabytes of WASM: only who needs it pays for it.
  const { MujocoWorld } = await import('./mujoco-world.ts');
  return MujocoWorld.create(robot, world, modelXml);
}
