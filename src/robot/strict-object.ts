import type { ErrorCode } from '../base/error-codes.ts';
import { SoftqdError } from '../base/errors.ts';
import { closestMatch } from '../base/closest-match.ts';

/** Place of an object, for error messages. */
export interface Location {
  readonly source: string;
  readonly path: string;
  /** What complaints are thrown as; E_ROBOT_FILE when absent. */
  readonly code?: ErrorCode;
}

/** One JSON object of a robot or calibration file, read key by key; every complaint names file and key. */
export class StrictObject {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly source: string;
  private readonly path: string;
  private readonly code: ErrorCode;

  /** Rejects a value that is not an object, and any key that is not in `known`, with the nearest known one. */
  constructor(json: unknown, known: readonly string[], location: Location) {
    this.source = location.source;
    this.path = location.path;
    this.code = location.code ?? 'E_ROBOT_FILE';
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw this.error('must be an object');
    this.values = json as Record<string, unknown>;
    for (const key of Object.keys(this.values)) {
      if (!known.includes(key)) {
        throw this.error(`is not a key; did you mean ${closestMatch(key, known) ?? 'none'}?`, key);
      }
    }
  }

  /** The error to throw about `key` of this object (or about the object itself). */
  error(what: string, key?: string): SoftqdError {
    const path = key === undefined ? this.path : `${this.path}.${key}`;
    return new SoftqdError(this.code, `${this.source}: ${path} ${what}`, {
      values: { file: this.source, key: path },
    });
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  raw(key: string): unknown {
    return this.values[key];
  }

  /** A string of 1 to 256 characters. */
  text(key: string): string {
    const value = this.values[key];
    if (typeof value !== 'string' || value.length === 0 || value.length > 256) {
      throw this.error(value === undefined ? 'is missing (string)' : 'must be a string of 1 to 256 characters', key);
    }
    return value;
  }

  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.values[key];
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      const got =
        typeof value === 'string'
          ? `is '${value.slice(0, 64)}'`
          : value === undefined
            ? 'is missing'
            : 'is not a string';
      throw this.error(`${got}: must be one of ${choices.join(', ')}`, key);
    }
    return found;
  }

  flag(key: string): boolean {
    const value = this.values[key];
    if (typeof value !== 'boolean') throw this.error('must be true or false', key);
    return value;
  }

  /** A finite number with low <= value <= high. */
  number(key: string, low: number, high: number): number {
    const value = this.values[key];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < low || value > high) {
      const got = value === undefined ? 'is missing' : typeof value === 'number' ? `is ${value}` : 'is not a number';
      throw this.error(`${got}: must be a number from ${low} to ${high}`, key);
    }
    return value;
  }

  /** An array of `count` finite numbers. */
  numbers(key: string, count: number): readonly number[] {
    return this.list(key, count, count).map(({ element }) => {
      if (typeof element === 'number' && Number.isFinite(element)) return element;
      throw this.error('must be a list of numbers', key);
    });
  }

  integer(key: string, low: number, high: number): number {
    const value = this.number(key, low, high);
    if (!Number.isInteger(value)) throw this.error(`is ${value}: must be an integer`, key);
    return value;
  }

  /** An array of low to high elements, each with the place to report it by. */
  list(key: string, low: number, high: number): { element: unknown; location: Location }[] {
    const value = this.values[key];
    if (!Array.isArray(value)) throw this.error(value === undefined ? 'is missing: a list' : 'must be a list', key);
    if (value.length < low || value.length > high) {
      throw this.error(`has ${value.length} elements: must have ${low} to ${high}`, key);
    }
    return value.map((element: unknown, i) => ({ element, location: this.location(`${key}[${i}]`) }));
  }

  location(key: string): Location {
    return { source: this.source, path: `${this.path}.${key}`, code: this.code };
  }
}
