import { SoftqdError } from '../base/errors.ts';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

/** A number from the command line. Throws E_USAGE naming the flag and what is allowed. */
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

/** `1-6,20` as ids, ascending and distinct. Throws E_USAGE. */
export function parseIdList(flag: string, text: string): readonly number[] {
  const ids = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to > 252 || from > to) {
      throw new SoftqdError(
        'E_USAGE',
        `${flag} is ${JSON.stringify(text)} but must be ids from 0 to 252, e.g. 1-6,20`,
        {
          values: { flag, value: text },
        },
      );
    }
    for (let id = from; id <= to; id++) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/** One of the words. Throws E_USAGE naming them. */
export function parseChoiceFlag<Word extends string>(flag: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) {
    throw new SoftqdError('E_USAGE', `${flag} is ${JSON.stringify(text)} but must be one of ${words.join(', ')}`, {
      values: { flag, value: text, allowed: words },
    });
  }
  return found;
}

/** `HOST:PORT`, `[::1]:PORT`. Throws E_USAGE. */
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

/** `--set key=value` texts as dotted keys. Throws E_USAGE when one has no key or `=`, or a key is set twice. */
export function parseSettings(texts: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    const key = text.slice(0, at).trim();
    if (at <= 0 || key === '') {
      throw new SoftqdError('E_USAGE', `--set is ${JSON.stringify(text)} but must be key=value`, {
        hint: 'Example: --set learner.batchSize=64; softqd config show lists the keys.',
      });
    }
    if (Object.hasOwn(settings, key)) throw new SoftqdError('E_USAGE', `--set ${key} is given twice`);
    settings[key] = text.slice(at + 1);
  }
  return settings;
}
