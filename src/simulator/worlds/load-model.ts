import loadMujoco, { type MainModule, type MjModel } from '@mujoco/mujoco';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { MujocoWorldSpec } from './model-file.ts';

/** A model in a separate engine (about 70 ms, 16 MiB). */
export interface LoadedModel {
  readonly mujoco: MainModule;
  readonly model: MjModel;
}

/** Compiles a model and passes it to a function; frees the model when that fails. Throws E_ROBOT_FILE when it does not load. */
export async function withModel<T>(
  robot: RobotSpec,
  { modelFile }: MujocoWorldSpec,
  modelXml: string,
  make: (loaded: LoadedModel) => T,
): Promise<T> {
  const mujoco = await loadMujoco({ print: () => undefined, printErr: () => undefined });
  let model: MjModel;
  try {
    model = mujoco.MjModel.from_xml_string(modelXml);
  } catch (error) {
    const message = error instanceof Error ? error.message.trim().replace(/\s+/g, ' ') : String(error);
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: ${modelFile} does not load: ${message}`, { cause: error });
  }
  try {
    return make({ mujoco, model });
  } catch (error) {
    model.delete();
    throw error;
  }
}
