import { SoftqdError } from './errors.ts';

declare const VALUE: unique symbol;

type Rules =
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      readonly integer: boolean;
      readonly nullable: boolean;
      /** A word that is allowed besides the numbers. */
      readonly word?: string;
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly choices: readonly (string | number)[] }
  | { readonly kind: 'name'; readonly nullable?: boolean }
  | { readonly kind: 'host' }
  | { readonly kind: 'text'; readonly description: string }
  | { readonly kind: 'path'; readonly nullable: boolean }
  | { readonly kind: 'url'; readonly protocols: readonly string[] }
  | {
      readonly kind: 'integers';
      readonly min: number;
      readonly max: number;
      readonly minLength: number;
      readonly maxLength: number;
    }
  | { readonly kind: 'structure'; readonly description: string; readonly accepts: (value: unknown) => boolean };

/** The allowed values of one setting. `Value` is their type; it exists at compile time only. */
export type Range<Value = unknown> = Rules & { readonly [VALUE]?: Value };

export const number = (min: number, max: number): Range<number> => numberRange({ min, max });
export const integer = (min: number, max: number): Range<number> => numberRange({ min, max, integer: true });
export const numberOrNull = (min: number, max: number): Range<number | null> =>
  numberRange({ min, max, nullable: true });
export const integerOrNull = (min: number, max: number): Range<number | null> =>
  numberRange({ min, max, integer: true, nullable: true });
/** An integer, or one word. */
export const integerOr = <const Word extends string>(word: Word, min: number, max: number): Range<number | Word> =>
  numberRange({ min, max, integer: true, word });
export const boolean: Range<boolean> = { kind: 'boolean' };
export const choice = <const Choices extends readonly (string | number)[]>(
  ...choices: Choices
): Range<Choices[number]> => ({ kind: 'choice', choices });
/** A list of integers. */
export const integers = (limits: {
  readonly min: number;
  readonly max: number;
  readonly minLength: number;
  readonly maxLength: number;
}): Range<readonly number[]> => ({ kind: 'integers', ...limits });
/** Lists and objects, as JSON in environment variables and flags; `description` says which are allowed. */
export const structure = <Value>(description: string, accepts: (value: unknown) => boolean): Range<Value> => ({
  kind: 'structure',
  description,
  accepts,
});
export const name: Range<string> = { kind: 'name' };
export const nameOrNull: Range<string | null> = { kind: 'name', nullable: true };
export const host: Range<string> = { kind: 'host' };
/** Any text of one line, or null; `description` says what it is. */
export const textOrNull = (description: string): Range<string | null> => ({ kind: 'text', description });
export const path: Range<string> = { kind: 'path', nullable: false };
export const pathOrNull: Range<string | null> = { kind: 'path', nullable: true };
export const urlOrNull = (...protocols: readonly string[]): Range<string | null> => ({ kind: 'url', protocols });

function numberRange<Value>(range: {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  readonly nullable?: boolean;
  readonly word?: string;
}): Range<Value> {
  return { kind: 'number', integer: false, nullable: false, ...range };
}

const MAX_TEXT = 4096;

/** Description of the allowed values, e.g. `an integer from 1 to 64, or null`. */
export function describeRange(range: Range): string {
  switch (range.kind) {
    case 'number':
      return `${range.word === undefined ? '' : `${range.word}, or `}${range.integer ? 'an integer' : 'a number'} from ${range.min} to ${range.max}${range.nullable ? ', or null' : ''}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return range.choices.length === 1 ? String(range.choices[0]) : `one of ${range.choices.join(', ')}`;
    case 'name':
      return `lowercase letters, digits and hyphens${range.nullable === true ? '; or null' : ''}`;
    case 'host':
      return 'a host name or an IP address';
    case 'text':
      return `${range.description}; or null`;
    case 'path':
      return `a path${range.nullable ? ', or null' : ''}`;
    case 'url':
      return `an address ${range.protocols.map((p) => `${p}//HOST:PORT`).join(' or ')}, without user, password or query; or null`;
    case 'integers':
      return `a list of ${range.minLength} to ${range.maxLength} integers from ${range.min} to ${range.max}`;
    case 'structure':
      return range.description;
  }
}

/** Whether a parsed value is allowed. */
export function inRange(range: Range, value: unknown): boolean {
  switch (range.kind) {
    case 'number':
      return (
        (value === null && range.nullable) ||
        (range.word !== undefined && value === range.word) ||
        numberInRange(range, value)
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return range.choices.some((allowed) => allowed === value);
    case 'name':
      return (value === null && range.nullable === true) || isName(value);
    case 'host':
      return typeof value === 'string' && /^[A-Za-z0-9.:_-]{1,253}$/.test(value);
    case 'text':
      return value === null || (isPath(value) && !/[\r\n]/.test(value));
    case 'path':
      return (value === null && range.nullable) || isPath(value);
    case 'url':
      return value === null || (typeof value === 'string' && isPlainUrl(value, range.protocols));
    case 'integers':
      return (
        Array.isArray(value) &&
        value.length >= range.minLength &&
        value.length <= range.maxLength &&
        value.every((item) => numberInRange({ min: range.min, max: range.max, integer: true }, item))
      );
    case 'structure':
      return range.accepts(value);
  }
}

/** Parses the text of an environment variable or a flag. Text that does not parse is returned unchanged and then fails `inRange`. */
export function parseText(range: Range, text: string): unknown {
  if (text === 'null' && !(range.kind === 'path' && !range.nullable)) return null;
  switch (range.kind) {
    case 'number':
      return parseNumber(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'choice':
      return range.choices.find((allowed) => String(allowed) === text) ?? text;
    case 'integers':
      return text
        .replace(/^\s*\[|\]\s*$/g, '')
        .split(',')
        .filter((part, index, all) => part.trim() !== '' || all.length === 1 || index < all.length - 1)
        .map((part) => parseNumber(part));
    case 'structure':
      return parseJson(text);
    default:
      return text;
  }
}

/** Throws E_CONFIG_VALUE when the value is not allowed. */
export function assertInRange(range: Range, value: unknown): void {
  if (!inRange(range, value)) {
    throw new SoftqdError('E_CONFIG_VALUE', `must be ${describeRange(range)}, is ${JSON.stringify(value)}`);
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(value);
}

function numberInRange(range: { min: number; max: number; integer: boolean }, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return value >= range.min && value <= range.max && (!range.integer || Number.isInteger(value));
}

function parseNumber(text: string): unknown {
  const trimmed = text.trim();
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && !value.includes('\0');
}

function isPlainUrl(text: string, protocols: readonly string[]): boolean {
  if (text.length > MAX_TEXT || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    protocols.includes(url.protocol) &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
