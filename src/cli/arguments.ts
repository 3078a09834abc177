import { SoftqdError } from '../base/errors.ts';

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/** Seeds are non-negative integers. */
export const SEED_RANGE: NumberRange = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };

/** A number from the command line. Throws E_USAGE with the flag and the allowed range. */
export function parseNumberFlag(flag: string, text: string, range: NumberRange): number {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN;
  if (
    !Number.isFinite(value) ||
    value < range.min ||
    value > range.max ||
    (range.integer && !Number.isInteger(value))
  ) {
    const kind = range.integer ? 'an integer' : 'a number';
    throw new SoftqdError(
      'E_USAGE',
      `${flag} is ${JSON.stringify(text)} but must be ${kind} from ${range.min} to ${range.max}`,
      {
        values: { flag, value: text },
      },
    );
  }
  return value;
}

/** The IDs of a list such as `1-6,20`, ascending, without duplicates. Throws E_USAGE. */
export function parseIdList(flag: string, text: string): readonly number[] {
  const ids = new Set<number>();
  for (const range of text.split(',')) {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(range.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to > 252 || from > to) {
      throw new SoftqdError(
        'E_USAGE',
        `${flag} is ${JSON.stringify(text)} but must be IDs from 0 to 252, e.g. 1-6,20`,
        {
          values: { flag, value: text },
        },
      );
    }
    for (let id = from; id <= to; id++) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/** One of the allowed values. Throws E_USAGE with the list of them. */
export function parseChoiceFlag<Value extends string>(flag: string, text: string, allowed: readonly Value[]): Value {
  const found = allowed.find((value) => value === text);
  if (found === undefined) {
    throw new SoftqdError('E_USAGE', `${flag} is ${JSON.stringify(text)} but must be one of ${allowed.join(', ')}`, {
      values: { flag, value: text, allowed },
    });
  }
  return found;
}

/** Host and port of `HOST:PORT` or `[IPV6]:PORT`. Throws E_USAGE. */
export function parseHostPort(flag: string, text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || Number(match?.[3]) > 65_535) {
    throw new SoftqdError('E_USAGE', `${flag} is ${JSON.stringify(text)} but must be HOST:PORT, e.g. 127.0.0.1:8741`, {
      values: { flag, value: text },
    });
  }
  return { host, port: Number(match?.[3]) };
}

/** The settings of `--set key=value` flags. Throws E_USAGE when a flag has no key or no `=`, or a key is set twice. */
export function parseSettings(texts: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const text of texts) {
    const separator = text.indexOf('=');
    const key = text.slice(0, separator).trim();
    if (separator <= 0 || key === '') {
      throw new SoftqdError('E_USAGE', `--set is ${JSON.stringify(text)} but must be key=value`, {
        hint: 'Example: --set learner.batchSize=64; softqd config show lists the keys.',
      });
    }
    if (Object.hasOwn(settings, key)) throw new SoftqdError('E_USAGE', `--set ${key} is set twice`);
    settings[key] = text.slice(separator + 1);
  }
  return settings;
}

export const SIMULATOR_FLAG_HELP =
  "a running simulator (ws://HOST:PORT), or a command that softqd starts ('python3 my_sim.py'; default: the embedded simulator)";

/** The settings of `--simulator URL|COMMAND`: one of them is set, the other one is none. */
export function simulatorKeyFlags(
  text: string | undefined,
): { flag: string; key: string; value: string | undefined }[] {
  const isUrl = text !== undefined && /^wss?:\/\//.test(text);
  const other = text === undefined ? undefined : 'null';
  return [
    { flag: '--simulator', key: 'simulator.url', value: isUrl ? text : other },
    { flag: '--simulator', key: 'simulator.command', value: isUrl ? other : text },
  ];
}
