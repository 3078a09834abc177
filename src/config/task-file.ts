import { SoftqdError } from '../base/errors.ts';
import { readJson5File, isPlainObject, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';
import type { ConfigProblem } from './problem.ts';

/** A parameter of a task: finite numbers, flags, and lists and objects of them. */
export type ParameterValue = number | boolean | readonly ParameterValue[] | { readonly [key: string]: ParameterValue };

/** tasks/<name>.json5: `{ kind or module, title, discount, horizon, parameters: {...}, learner: {...}, ... }`. */
export interface ReadTaskFile {
  readonly name: string;
  readonly path: string;
  /** `module` for a module. */
  readonly kind: string;
  /** The user's module, relative to the task file; null: a built-in kind. */
  readonly module: string | null;
  readonly layer: Layer;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Weights of reward terms; null: those of the kind. */
  readonly reward: Readonly<Record<string, number>> | null;
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
    ownNames: ['kind', 'module', 'title', 'parameters', 'reward'],
    keyOf: (path) => (path === 'discount' || path === 'horizon' ? `task.${path}` : path),
  });
  const { parameters, problems } = readParameters(file);
  const missing = ['discount', 'horizon'].filter((key) => !Object.hasOwn(file.root, key));
  if (!Object.hasOwn(file.root, 'kind') && !Object.hasOwn(file.root, 'module')) missing.unshift('kind or module');
  if (missing.length > 0) {
    throw new SoftqdError(
      'E_CONFIG',
      `${file.path}: ${missing.join(' and ')} of the task ${missing.length === 1 ? 'is' : 'are'} missing`,
      {
        hint: 'A task file must contain kind (or module), discount and horizon.',
        values: { file: file.path, missing },
      },
    );
  }
  const maker = readMaker(file, problems);
  const reward = readReward(file, problems);
  const path = file.path;
  return {
    name,
    path,
    ...maker,
    parameters,
    reward,
    layer: { values: layer.values, problems: [...layer.problems, ...problems] },
  };
}

/** The kind is a name; whether such a kind exists is checked when the task is created. */
function readMaker(file: Json5File, problems: ConfigProblem[]): Pick<ReadTaskFile, 'kind' | 'module'> {
  const { kind, module } = file.root;
  if (module === undefined) {
    if (typeof kind === 'string' && kind !== '') return { kind, module: null };
    problems.push(valueProblem(file, { path: 'kind', value: kind, allowed: 'the name of a kind of task' }));
    return { kind: '', module: null };
  }
  const allowed = "a file in the robot's folder such as './lift.ts'";
  if (kind !== undefined)
    problems.push(valueProblem(file, { path: 'kind', value: kind, allowed: 'left out where module is stated' }));
  if (typeof module === 'string' && module !== '') return { kind: 'module', module };
  problems.push(valueProblem(file, { path: 'module', value: module, allowed }));
  return { kind: 'module', module: null };
}

/** Which terms there are is checked when the task is created. */
function readReward(file: Json5File, problems: ConfigProblem[]): Readonly<Record<string, number>> | null {
  const { reward } = file.root;
  if (reward === undefined) return null;
  if (isPlainObject(reward) && Object.values(reward).every(Number.isFinite)) return reward as Record<string, number>;
  problems.push(valueProblem(file, { path: 'reward', value: reward, allowed: 'an object of terms and their weights' }));
  return null;
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
  const given = file.root['parameters'] ?? {};
  if (!isPlainObject(given)) {
    const problem = valueProblem(file, { path: 'parameters', value: given, allowed: 'an object' });
    return { parameters: {}, problems: [problem] };
  }
  const wrong = Object.entries(given).filter(([, value]) => !isParameterValue(value));
  const allowed = 'a finite number, true or false, or a list or object of them';
  return {
    parameters: given as Readonly<Record<string, ParameterValue>>,
    problems: wrong.map(([name, value]) => valueProblem(file, { path: `parameters.${name}`, value, allowed })),
  };
}

function isParameterValue(value: unknown): value is ParameterValue {
  if (typeof value === 'number') return Number.isFinite(value);
  return (
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && Object.values(value).every(isParameterValue))
  );
}
