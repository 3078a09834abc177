import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Script } from 'node:vm';
import type { CompiledModule } from '../../base/compiled-module.ts';
import { SoftqdError } from '../../base/errors.ts';
import * as publicEntry from './index.ts';

const WRAPPER = '(function (exports, require, module) {';

/** Gives an error of the module its place in the user's file. */
export type PlaceError = (thrown: unknown, what: string) => SoftqdError;

/** Runs the module once and returns its default export. Throws E_TASK_MODULE with file, line and column of what it threw. */
export function evaluateModule(module: CompiledModule): {
  readonly defaultExport: unknown;
  readonly place: PlaceError;
} {
  const place = createPlaceError(module);
  const scope: { exports: Record<string, unknown> } = { exports: {} };
  try {
    const columnOffset = -WRAPPER.length;
    const script = new Script(`${WRAPPER}${module.code}\n})`, { filename: module.file, columnOffset });
    const run = script.runInThisContext() as (exports: object, require: () => unknown, module: object) => void;
    run(scope.exports, () => publicEntry, scope);
  } catch (thrown) {
    throw place(thrown, 'cannot be loaded');
  }
  return { defaultExport: scope.exports['default'], place };
}

function createPlaceError({ file, sourceMap }: CompiledModule): PlaceError {
  return (thrown, what) => {
    if (thrown instanceof SoftqdError && thrown.code !== 'E_TASK_MODULE') return thrown;
    const { path, line, column } = sourceOf(file, sourceMap, thrown) ?? { path: file, line: null, column: null };
    const place = line === null ? '' : `:${line}:${column}`;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new SoftqdError('E_TASK_MODULE', `${path}${place}: ${what}: ${reason}`, {
      values: { file: path, line, column },
      cause: thrown,
    });
  };
}

/** Where in the user's sources an error was thrown; null: not in the module. */
function sourceOf(
  file: string,
  sourceMap: string,
  thrown: unknown,
): { readonly path: string; readonly line: number; readonly column: number } | null {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const frame = stack.split('\n').find((text) => text.includes(`${file}:`));
  const [, line, column] = /:(\d+):(\d+)\)?$/.exec(frame ?? '') ?? [];
  if (line === undefined || column === undefined) return null;
  const map = new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return null;
  const { originalSource, originalLine, originalColumn } = entry;
  return { path: resolve(dirname(file), originalSource), line: originalLine + 1, column: originalColumn + 1 };
}
