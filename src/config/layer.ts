import { isAbsolute, dirname, resolve } from 'node:path';
import { closestMatch } from '../base/closest-match.ts';
import { isPlainObject } from './json5-file.ts';
import type { Position } from './key-positions.ts';
import type { ConfigProblem } from './problem.ts';
import { describeRange, inRange, parseText, type Range } from '../base/ranges.ts';
import { CONFIG_KEYS, environmentName, isConfigKey, SCHEMA, type ConfigKey } from './schema.ts';

export interface LayerValue {
  readonly value: unknown;
  /** As `explain` prints it. */
  readonly source: string;
}

/** Values that come from one place; a later layer overrides an earlier one. */
export interface Layer {
  readonly values: ReadonlyMap<ConfigKey, LayerValue>;
  readonly problems: readonly ConfigProblem[];
}

/** One object of settings inside a file: `learner: { batchSize: 64 }`. */
export interface ObjectLayerOptions {
  readonly root: Readonly<Record<string, unknown>>;
  readonly file: string;
  /** As `explain` prints it, e.g. `preset paper`; a line is added when null is given. */
  readonly source: string | null;
  readonly positions: ReadonlyMap<string, Position>;
  /** Dotted path of `root` inside the file, '' for the root. */
  readonly pathInFile?: string;
  /** Names of `root` that are not settings but fields of this kind of file. */
  readonly ownNames?: readonly string[];
  /** The setting that a path of this object means; default: itself. */
  readonly keyOf?: (path: string) => string;
}

const SECTIONS = new Set(CONFIG_KEYS.map((key) => key.slice(0, key.indexOf('.'))));

/** Reads settings out of an object and reports every one that is unknown or out of range. */
export function objectLayer(options: ObjectLayerOptions): Layer {
  const values = new Map<ConfigKey, LayerValue>();
  const problems: ConfigProblem[] = [];
  const keyOf = options.keyOf ?? ((path: string) => path);
  const own = new Set(options.ownNames);
  const visit = (object: Readonly<Record<string, unknown>>, prefix: string): void => {
    for (const [name, value] of Object.entries(object)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      if (prefix === '' && own.has(name)) continue;
      const key = keyOf(path);
      const position = positionOf(options, path);
      if (isConfigKey(key)) {
        const problem = checkValue(key, value, { where: options.file, position });
        if (problem !== null) problems.push(problem);
        else
          values.set(key, {
            value: fromFolder(key, value, dirname(options.file)),
            source: sourceText(options, position),
          });
      } else if (prefix === '' && SECTIONS.has(key)) {
        if (isPlainObject(value)) visit(value, path);
        else problems.push(notASectionError(key, value, { where: options.file, position }));
      } else problems.push(unknownKey(key, [...CONFIG_KEYS, ...own], { where: options.file, position }));
    }
  };
  visit(options.root, '');
  return { values, problems };
}

/** SOFTQD_ variables. Unknown ones are not an error (other programs may define some) but are returned as warnings. */
export function environmentLayer(
  env: Readonly<Record<string, string | undefined>>,
): Layer & { readonly warnings: readonly string[] } {
  const keys = new Map<string, ConfigKey>(CONFIG_KEYS.map((key) => [environmentName(key), key]));
  const values = new Map<ConfigKey, LayerValue>();
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const state = env['XDG_STATE_HOME'];
  if (state !== undefined && isAbsolute(state)) {
    values.set('data.directory', { value: resolve(state, 'softqd'), source: 'env XDG_STATE_HOME' });
  }
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('SOFTQD_') || text === undefined || text === '') continue;
    const key = keys.get(name);
    if (key === undefined) {
      if (!OTHER_VARIABLES.has(name))
        warnings.push(`unknown setting ${name}; did you mean ${closestMatch(name, keys.keys()) ?? '-'}?`);
      continue;
    }
    const value = parseText(SCHEMA[key].range, text);
    const problem = checkValue(key, value, { where: `environment variable ${name}`, position: null });
    if (problem !== null) problems.push(problem);
    else values.set(key, { value: fromFolder(key, value, '.'), source: `env ${name}` });
  }
  return { values, problems, warnings };
}

/** Flags by dotted key; text is read as the key's kind, other values are taken as they are. */
export function flagLayer(flags: Readonly<Record<string, unknown>>): Layer {
  const values = new Map<ConfigKey, LayerValue>();
  const problems: ConfigProblem[] = [];
  for (const [key, given] of Object.entries(flags)) {
    if (given === undefined) continue;
    if (!isConfigKey(key)) {
      problems.push(unknownKey(key, CONFIG_KEYS, { where: 'flag', position: null }));
      continue;
    }
    const value = typeof given === 'string' ? parseText(SCHEMA[key].range, given) : given;
    const problem = checkValue(key, value, { where: 'flag', position: null });
    if (problem !== null) problems.push(problem);
    else values.set(key, { value: fromFolder(key, value, '.'), source: 'flag' });
  }
  return { values, problems };
}

/** Variables that other parts of softqd read themselves, or set for a simulator. */
const OTHER_VARIABLES = new Set([
  'SOFTQD_REQUIRE',
  'SOFTQD_SIMULATOR_TOKEN',
  'SOFTQD_SIMULATOR_ROBOT',
  'SOFTQD_SIMULATOR_CONTROL_PERIOD_S',
]);

interface Place {
  readonly where: string;
  readonly position: Position | null;
}

function checkValue(key: ConfigKey, value: unknown, place: Place): ConfigProblem | null {
  const { range, unit, sensitive } = SCHEMA[key];
  if (inRange(range, value)) return null;
  const shown = sensitive === true ? '(hidden)' : truncate(value);
  const allowed = `${describeRange(range)}${unit === null ? '' : ` (${unit})`}`;
  return {
    code: 'E_CONFIG_VALUE',
    text: `${key} is ${shown} but must be ${allowed}`,
    ...place,
    values: { key, value: shown, allowed: describeRange(range), unit },
  };
}

/** The problem of an unknown key; it names the nearest known one. */
function unknownKey(key: string, known: Iterable<string>, place: Place): ConfigProblem {
  const suggestion = closestKey(key, [...known]);
  return {
    code: 'E_CONFIG_UNKNOWN_KEY',
    text: `${truncate(key).slice(1, -1)} is not a setting${suggestion === null ? '' : `; did you mean ${suggestion}?`}`,
    ...(suggestion === null
      ? {}
      : { hint: `Write ${suggestion}, or remove it; softqd config show lists all settings.` }),
    ...place,
    values: { key, nearest: suggestion },
  };
}

/** The key with the same last part in another section, else the one that is fewest edits away. */
function closestKey(key: string, known: readonly string[]): string | null {
  const last = `.${key.slice(key.lastIndexOf('.') + 1).toLowerCase()}`;
  return known.find((candidate) => candidate.toLowerCase().endsWith(last)) ?? closestMatch(key, known);
}

function notASectionError(key: string, value: unknown, place: Place): ConfigProblem {
  const text = `${key} is a section { ... }, not ${truncate(value)}`;
  return {
    code: 'E_CONFIG_VALUE',
    text,
    ...place,
    values: { key, value: truncate(value), allowed: 'an object', unit: null },
  };
}

function positionOf(options: ObjectLayerOptions, path: string): Position | null {
  const prefix = options.pathInFile ?? '';
  return options.positions.get(prefix === '' ? path : `${prefix}.${path}`) ?? null;
}

function sourceText(options: ObjectLayerOptions, position: Position | null): string {
  return options.source ?? `file ${options.file}${position === null ? '' : `:${position.line}`}`;
}

/** A relative path is relative to the file that contains it; for flags and variables, to the working directory. */
function fromFolder(key: ConfigKey, value: unknown, folder: string): unknown {
  const range: Range = SCHEMA[key].range;
  if (range.kind !== 'path' || typeof value !== 'string' || value.startsWith('~/')) return value;
  return resolve(folder, value);
}

function truncate(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
