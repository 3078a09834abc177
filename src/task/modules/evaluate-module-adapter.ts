import { Console } from 'node:console';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import type { CompiledModule } from '../../base/compiled-module.ts';
import { SoftqdError } from '../../base/errors.ts';
import { callWatch, MAX_CALL_S, type CodePlace } from './call-watch-adapter.ts';
import * as publicEntry from './index.ts';
import { refuseExitOf } from './refuse-exit.ts';

const WRAPPER = '(function (exports, require, module, console) {';
const LOADING = 'cannot be loaded';
/** Standard output is for results. */
const console = new Console(process.stderr);

/**
 * Calls a function of the module; `what` names it. An error gets its place in the user's file, E_TASK_MODULE. A call that takes longer than
 * MAX_CALL_S is ended, and its error is thrown as an uncaught exception.
 */
export type CallModule = <T>(what: string, call: () => T) => T;

/**
 * Runs the module once and returns its default export. What it logs goes to standard error, and it cannot exit. Throws E_TASK_MODULE with
 * file, line and column of what it threw.
 */
export function evaluateModule(module: CompiledModule): {
  readonly defaultExport: unknown;
  readonly call: CallModule;
} {
  const { file } = module;
  const call: CallModule = (what, run) => {
    try {
      return callWatch.during(run, (frames) => stuckError(module, what, frames));
    } catch (thrown) {
      throw thrownError(module, what, thrown);
    }
  };
  refuseExitOf(file);
  const scope: { exports: Record<string, unknown> } = { exports: {} };
  call(LOADING, () => {
    const script = new Script(`${WRAPPER}${module.code}\n})`, { filename: file, columnOffset: -WRAPPER.length });
    const run = script.runInThisContext() as (exports: object, require: () => unknown, ...rest: object[]) => void;
    run(scope.exports, () => publicEntry, scope, console);
  });
  return { defaultExport: scope.exports['default'], call };
}

function thrownError(module: CompiledModule, what: string, thrown: unknown): SoftqdError {
  if (thrown instanceof SoftqdError && thrown.code !== 'E_TASK_MODULE') return thrown;
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const frame = stack.split('\n').find((text) => text.includes(`${module.file}:`));
  const [, line, column] = /:(\d+):(\d+)\)?$/.exec(frame ?? '') ?? [];
  const at = line === undefined ? null : { line: Number(line), column: Number(column) };
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return placedError(module, at, { what, reason, cause: thrown });
}

function stuckError(module: CompiledModule, what: string, frames: readonly CodePlace[]): SoftqdError {
  const at = frames.find(({ url }) => (url.startsWith('file:') ? fileURLToPath(url) : url) === module.file) ?? null;
  return placedError(module, at, { what, reason: `did not return within ${MAX_CALL_S} s` });
}

/** `at`: a place in the compiled code; null: not known. */
function placedError(
  { file, sourceMap }: CompiledModule,
  at: Pick<CodePlace, 'line' | 'column'> | null,
  { what, reason, cause }: { readonly what: string; readonly reason: string; readonly cause?: unknown },
): SoftqdError {
  const source = at === null ? null : sourceOf(file, sourceMap, at);
  const { path, line, column } = source ?? { path: file, line: null, column: null };
  const place = line === null ? '' : `:${line}:${column}`;
  return new SoftqdError('E_TASK_MODULE', `${path}${place}: ${what}: ${reason}`, {
    values: { file: path, line, column, function: what === LOADING ? null : what },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The place in the user's sources of one in the compiled code; null: it has none. */
function sourceOf(
  file: string,
  sourceMap: string,
  { line, column }: Pick<CodePlace, 'line' | 'column'>,
): { readonly path: string; readonly line: number; readonly column: number } | null {
  const map = new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in entry)) return null;
  const { originalSource, originalLine, originalColumn } = entry;
  return { path: resolve(dirname(file), originalSource), line: originalLine + 1, column: originalColumn + 1 };
}
