import { SoftqdError } from '../base/errors.ts';

/** The content of a task file. */
export interface TaskSettings {
  readonly name: string;
  /** The kind of task, e.g. `reach`; see registry.ts. */
  readonly kind: string;
  /** gamma in (0, 1]. */
  readonly discount: number;
  /** Steps after which an episode is truncated; an integer from 1. */
  readonly horizon: number;
  /** What the kind of task, or the module, defines. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Weights of reward terms (goal/reward-terms.ts) instead of those of the kind. */
  readonly reward?: Readonly<Record<string, number>>;
}

interface NumberRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

interface Flag {
  readonly default: boolean;
}

/** The parameters of a kind of task: numbers with a range, or flags. */
export type ParameterDefinitions = Readonly<Record<string, NumberRange | Flag>>;

/** The parameters that `Defined` defines: true or false for a flag, otherwise a number. */
export type TaskParameters<Defined extends ParameterDefinitions> = {
  readonly [Key in keyof Defined]: Defined[Key] extends NumberRange ? number : boolean;
};

/**
 * Reads a task's numbers and flags; `others`: parameters that are read elsewhere. E_CONFIG_UNKNOWN_KEY and E_CONFIG_VALUE name the task, the
 * key and what is allowed.
 */
export function readParameters<Defined extends ParameterDefinitions>(
  settings: TaskSettings,
  definitions: Defined,
  others: readonly string[] = [],
): TaskParameters<Defined> {
  const known = [...Object.keys(definitions), ...others];
  for (const key of Object.keys(settings.parameters)) {
    if (!known.includes(key)) {
      throw new SoftqdError(
        'E_CONFIG_UNKNOWN_KEY',
        `task ${settings.name} has no parameter ${key}; available: ${known.join(', ') || 'none'}`,
        { values: { task: settings.name, key, known } },
      );
    }
  }
  const values = Object.entries(definitions).map(([key, definition]) => [
    key,
    'min' in definition ? readNumber(settings, key, definition) : readFlag(settings, key, definition),
  ]);
  return Object.fromEntries(values) as TaskParameters<Defined>;
}

function readFlag(settings: TaskSettings, key: string, flag: Flag): boolean {
  const value = settings.parameters[key] ?? flag.default;
  if (typeof value === 'boolean') return value;
  throw new SoftqdError(
    'E_CONFIG_VALUE',
    `task ${settings.name}: ${key} is ${JSON.stringify(value)}, allowed are true and false`,
    { values: { task: settings.name, key } },
  );
}

function readNumber(settings: TaskSettings, key: string, range: NumberRange): number {
  const value = settings.parameters[key] ?? range.default;
  if (typeof value !== 'number' || !(value >= range.min && value <= range.max)) {
    throw new SoftqdError(
      'E_CONFIG_VALUE',
      `task ${settings.name}: ${key} is ${JSON.stringify(value)}, allowed are ${range.min} to ${range.max}`,
      { values: { task: settings.name, key, min: range.min, max: range.max } },
    );
  }
  return value;
}

/** Throws E_CONFIG_VALUE unless discount and horizon are in range. */
export function checkSettings(settings: TaskSettings): void {
  const { name, discount, horizon } = settings;
  if (!(discount > 0 && discount <= 1)) {
    throw new SoftqdError('E_CONFIG_VALUE', `task ${name}: discount is ${discount}; must be in (0, 1]`, {
      values: { task: name, key: 'discount' },
    });
  }
  if (!Number.isInteger(horizon) || horizon < 1) {
    throw new SoftqdError('E_CONFIG_VALUE', `task ${name}: horizon is ${horizon}; must be at least 1`, {
      values: { task: name, key: 'horizon' },
    });
  }
}
