import { SoftqdError } from '../base/errors.ts';
import { readJson5File, isPlainObject, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';
import type { ConfigProblem } from './problem.ts';

/** tasks/<name>.json5: `{ title, discount, horizon, parameters: {...}, learner: {...}, ... }`. */
export interface ReadTaskFile {
  readonly name: string;
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, number>>;
}

/** Reads the file of task `name`. Throws E_CONFIG when it is not JSON5; wrong settings come back as problems. */
export async function readTaskFile(name: string, path: string): Promise<ReadTaskFile> {
  return taskFileFrom(name, await readJson5File(path));
}

export function taskFileFrom(name: string, file: Json5File): ReadTaskFile {
  const layer = objectLayer({
    root: file.root,
    file: file.path,
    source: `task ${name}`,
    positions: file.positions,
    ownNames: ['title', 'parameters'],
    keyOf: (path) => (path === 'discount' || path === 'horizon' ? `task.${path}` : path),
  });
  const { parameters, problems } = readParameters(file);
  const missing = (['discount', 'horizon'] as const).filter((key) => !Object.hasOwn(file.root, key));
  if (missing.length > 0) {
    throw new SoftqdError(
      'E_CONFIG',
      `${file.path}: ${missing.join(' and ')} of the task ${missing.length === 1 ? 'is' : 'are'} missing`,
      {
        hint: 'A task file must contain discount and horizon.',
        values: { file: file.path, missing },
      },
    );
  }
  return { name, parameters, layer: { values: layer.values, problems: [...layer.problems, ...problems] } };
}

function readParameters(file: Json5File): { parameters: Record<string, number>; problems: ConfigProblem[] } {
  const parameters: Record<string, number> = {};
  const problems: ConfigProblem[] = [];
  const complain = (path: string, value: unknown, allowed: string): void => {
    const text = `${path} is ${JSON.stringify(value)} but must be ${allowed}`;
    const position = file.positions.get(path) ?? null;
    problems.push({ code: 'E_CONFIG_VALUE', text, where: file.path, position, values: { key: path, allowed } });
  };
  const stated = file.root['parameters'] ?? {};
  if (!isPlainObject(stated)) complain('parameters', stated, 'an object of numbers');
  else {
    for (const [name, value] of Object.entries(stated)) {
      if (typeof value === 'number' && Number.isFinite(value)) parameters[name] = value;
      else complain(`parameters.${name}`, value, 'a finite number');
    }
  }
  return { parameters, problems };
}
