import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec, WorldSpec } from '../../robot/robot-spec.ts';

export type MujocoWorldSpec = Extract<WorldSpec, { type: 'mujoco' }>;

/** The model file of a robot, in the directory of its robot.json5. Throws E_ROBOT_FILE when it cannot be read. */
export async function readModelFile(
  robot: RobotSpec,
  { modelFile }: MujocoWorldSpec,
  robotDirectory: string,
): Promise<string> {
  const file = path.join(robotDirectory, modelFile);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: cannot read the model ${file}`, {
      cause: error,
      values: { file },
    });
  }
}
