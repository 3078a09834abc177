import { readFile, stat } from 'node:fs/promises';
import JSON5 from 'json5';
import { SoftqdError } from '../base/errors.ts';
import { findKeys, type KeyPositions } from './key-positions.ts';

const MAX_BYTES = 1_048_576;

/** A JSON5 file that contains one object, with the place of every key. */
export interface Json5File extends KeyPositions {
  readonly path: string;
  readonly root: Readonly<Record<string, unknown>>;
}

/** Throws E_CONFIG when the file is missing, unreadable, larger than 1 MiB, not JSON5 (with line and column) or not an object. */
export async function readJson5File(path: string): Promise<Json5File> {
  return parseJson5(path, await readText(path));
}

/** The same for text that is already there; `path` is only named in messages. */
function parseJson5(path: string, text: string): Json5File {
  const root = parseText(path, text);
  if (!isPlainObject(root)) {
    throw new SoftqdError('E_CONFIG', `${path}: must hold one object { ... }`, { values: { file: path } });
  }
  const keys = findKeys(text);
  const again = keys.duplicates[0];
  if (again !== undefined) {
    const { line, column } = again.position;
    const first = keys.positions.get(again.path)?.line ?? line;
    throw new SoftqdError(
      'E_CONFIG',
      `${path}:${line}:${column}: duplicate key ${again.path} (first in line ${first})`,
      {
        hint: 'Keep one of the two.',
        values: { file: path, line, column, key: again.path },
      },
    );
  }
  return { path, root, ...keys };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) {
      throw new SoftqdError('E_CONFIG', `${path}: is ${size} bytes; configuration files are limited to ${MAX_BYTES}`, {
        values: { file: path, size },
      });
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof SoftqdError) throw thrown;
    throw new SoftqdError('E_CONFIG', `${path}: ${readFailure(thrown)}`, {
      hint: 'Check the path and its permissions.',
      values: { file: path },
      cause: thrown,
    });
  }
}

function readFailure(thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'file not found';
  if (code === 'EISDIR') return 'is a directory, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return `cannot be read (${code ?? String(thrown)})`;
}

function parseText(path: string, text: string): unknown {
  try {
    return JSON5.parse(text);
  } catch (thrown) {
    const {
      lineNumber: line,
      columnNumber: column,
      message,
    } = thrown as SyntaxError & { lineNumber?: number; columnNumber?: number };
    const place = line === undefined ? '' : `:${line}:${column ?? 1}`;
    const what = message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, '');
    throw new SoftqdError('E_CONFIG', `${path}${place}: not JSON5: ${what}`, {
      hint: `Correct the file at ${line === undefined ? 'the place named' : `line ${line}`}.`,
      values: { file: path, line: line ?? null, column: column ?? null },
      cause: thrown,
    });
  }
}
