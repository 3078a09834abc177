import loadMujoco, { type MainModule, type MjModel } from '@mujoco/mujoco';
import { SoftqdError } from '../../base/errors.ts';
import type { ModelSource } from './model-file.ts';

/** A model in a separate engine (about 70 ms, 16 MiB). */
export interface LoadedModel {
  readonly mujoco: MainModule;
  readonly model: MjModel;
}

/**
 * Compiles a model and passes it to a function; frees the model when that fails. `called` names the model in messages. Throws E_ROBOT_FILE
 * when it does not load.
 */
export async function withModel<T>(called: string, source: ModelSource, make: (loaded: LoadedModel) => T): Promise<T> {
  const mujoco = await loadMujoco({ print: () => undefined, printErr: () => undefined });
  const model = compiled(mujoco, called, source);
  try {
    return make({ mujoco, model });
  } catch (error) {
    model.delete();
    throw error;
  }
}

/** As withModel, for a result that does not need the model. */
export function inspectModel<T>(called: string, source: ModelSource, look: (loaded: LoadedModel) => T): Promise<T> {
  return withModel(called, source, (loaded) => {
    const result = look(loaded);
    loaded.model.delete();
    return result;
  });
}

function compiled(mujoco: MainModule, called: string, { xml, assets, places }: ModelSource): MjModel {
  const files = new mujoco.MjVFS();
  try {
    for (const [name, bytes] of assets) files.addBuffer(name, bytes);
    return mujoco.MjModel.from_xml_string(xml, files);
  } catch (error) {
    const text = error instanceof Error ? error.message.trim().replace(/\s+/g, ' ') : String(error);
    const message = text.replace(/\bline (\d+)/g, (stated, line: string) => places?.[Number(line) - 1] ?? stated);
    throw new SoftqdError('E_ROBOT_FILE', `${called} does not load: ${message}`, {
      cause: error,
      hint: 'Correct the model file.',
    });
  } finally {
    files.delete();
  }
}
