import { closestMatch } from '../../base/closest-match.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { ActionOptions, TaskDefinition } from './define-task.ts';

const KEYS = ['parameters', 'sensors', 'actions', 'create'] as const satisfies readonly (keyof TaskDefinition)[];
const ACTION_KEYS = ['maxSpeedRadOrMPerS', 'maxLeadRadOrM'] as const satisfies readonly (keyof ActionOptions)[];

/** The default export of a module as the definition of a task, complete: types are not checked when a module runs. Throws E_TASK_MODULE. */
export function checkedDefinition(file: string, defaultExport: unknown): Required<TaskDefinition> {
  const fail = (problem: string, key: string, hint?: string): SoftqdError =>
    new SoftqdError('E_TASK_MODULE', `${file}: ${problem}`, { ...(hint && { hint }), values: { file, key } });
  if (!isObject(defaultExport) || typeof defaultExport['create'] !== 'function') {
    const hint = "Write export default defineTask({ create(context) { ... } }), imported from 'softqd/task'.";
    throw fail('the default export is not a task', 'create', hint);
  }
  refuseUnknown(defaultExport, KEYS, (key, hint) =>
    fail(`defineTask has no ${key}; available: ${KEYS.join(', ')}`, key, hint),
  );
  const { parameters = {}, sensors = {}, actions = {} } = defaultExport;
  const check = (key: string, value: unknown, form: string, isRight: (entry: unknown) => boolean): void => {
    if (isObject(value) && Object.values(value).every(isRight)) return;
    throw fail(`${key} is ${JSON.stringify(value)} but must be ${form}`, key);
  };
  check('sensors', sensors, 'the number of values that it needs of each sensor: { NAME: 3 }', isCount);
  check(
    'parameters',
    parameters,
    '{ NAME: { default, min, max } } for numbers, { NAME: { default: false } } for flags',
    isParameter,
  );
  check('actions', actions, `positive numbers: { ${ACTION_KEYS.join(', ')} }`, isPositive);
  refuseUnknown(actions as object, ACTION_KEYS, (key, hint) =>
    fail(`actions has no ${key}; available: ${ACTION_KEYS.join(', ')}`, `actions.${key}`, hint),
  );
  return { parameters, sensors, actions, create: defaultExport['create'] } as Required<TaskDefinition>;
}

function refuseUnknown(
  given: object,
  known: readonly string[],
  error: (key: string, hint?: string) => SoftqdError,
): void {
  const key = Object.keys(given).find((name) => !known.includes(name));
  if (key === undefined) return;
  const meant = closestMatch(key, known);
  throw error(key, meant === null ? undefined : `Did you mean ${meant}?`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function isParameter(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { default: initial, min, max } = value;
  if (typeof initial === 'boolean') return true;
  return (
    [initial, min, max].every(Number.isFinite) &&
    (min as number) <= (initial as number) &&
    (initial as number) <= (max as number)
  );
}
