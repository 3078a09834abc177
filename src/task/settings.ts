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
  /** Numbers that the kind of task defines. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface ParameterRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** Reads a task's numeric parameters; E_CONFIG_UNKNOWN_KEY and E_CONFIG_VALUE name the task, the key and what is allowed. */
export function readParameters<Key extends string>(
  settings: TaskSettings,
  ranges: Readonly<Record<Key, ParameterRange>>,
): Record<Key, number> {
  const known = Object.keys(ranges) as Key[];
  for (const key of Object.keys(settings.parameters)) {
    if (!known.includes(key as Key)) {
      throw new SoftqdError(
        'E_CONFIG_UNKNOWN_KEY',
        `task ${settings.name} has no parameter ${key}; available: ${known.join(', ') || 'none'}`,
        { values: { task: settings.name, key, known } },
      );
    }
  }
  const result = {} as Record<Key, number>;
  for (const key of known) result[key] = readNumber(settings, key, ranges[key]);
  return result;
}

function readNumber(settings: TaskSettings, key: string, range: ParameterRange): number {
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
