import { SoftqdError } from '../base/errors.ts';
import { readJson5File, isPlainObject, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';
import type { ConfigProblem } from './problem.ts';

/** tasks/<name>.json5: `{ kind, title, discount, horizon, parameters: {...}, learner: {...}, ... }`. */
export interface ReadTaskFile {
  readonly name: string;
  readonly kind: string;
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, number | boolean>>;
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
    ownNames: ['kind', 'title', 'parameters'],
    keyOf: (path) => (path === 'discount' || path === 'horizon' ? `task.${path}` : path),
  });
  const { parameters, problems } = readParameters(file);
  const missing = (['kind', 'discount', 'horizon'] as const).filter((key) => !Object.hasOwn(file.root, key));
  if (missing.length > 0) {
    throw new SoftqdError(
      'E_CONFIG',
      `${file.path}: ${missing.join(' and ')} of the task ${missing.length === 1 ? 'is' : 'are'} missing`,
      {
        hint: 'A task file must contain kind, discount and horizon.',
        values: { file: file.path, missing },
      },
    );
  }
  const kind = readKind(file, problems);
  return { name, kind, parameters, layer: { values: layer.values, problems: [...layer.problems, ...problems] } };
}

/** The kind is a name; whether such a kind exists is checked when the task is created. */
function readKind(file: Json5File, problems: ConfigProblem[]): string {
  const { kind } = file.root;
  if (typeof kind === 'string' && kind !== '') return kind;
  problems.push(valueProblem(file, { path: 'kind', value: kind, allowed: 'the name of a kind of task' }));
  return '';
}

function valueProblem(
  file: Json5File,
  { path, value, allowed }: { readonly path: string; readonly value: unknown; readonly allowed: string },
): ConfigProblem {
  return {
    code: 'E_CONFIG_VALUE',
    text: `${path} is ${JSON.stringify(value)} but must be ${allowed}`,
    where: file.path,
    position: file.positions.get(path) ?? null,
    values: { key: path, allowed },
  };
}

function readParameters(file: Json5File): Pick<ReadTaskFile, 'parameters'> & { problems: ConfigProblem[] } {
  const parameters: Record<string, number | boolean> = {};
  const problems: ConfigProblem[] = [];
  const given = file.root['parameters'] ?? {};
  if (!isPlainObject(given))
    problems.push(valueProblem(file, { path: 'parameters', value: given, allowed: 'an object' }));
  else {
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === 'boolean' || Number.isFinite(value)) parameters[name] = value as number | boolean;
      else
        problems.push(
          valueProblem(file, { path: `parameters.${name}`, value, allowed: 'a finite number, or true or false' }),
        );
    }
  }
  return { parameters, problems };
}
