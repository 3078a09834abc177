import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { closestMatch } from '../base/closest-match.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RunFile } from '../config/index.ts';
import { lockRun, runOwner } from '../processes/index.ts';
import { parseCurve } from './curve.ts';
import { RunDirectory, runIds } from './run-directory.ts';

/** A run in a data directory. */
export interface StoredRun {
  readonly id: string;
  readonly path: string;
  /** null: run.json cannot be read. */
  readonly file: Pick<RunFile, 'command' | 'robot' | 'task' | 'preset' | 'seed' | 'startedAt'> | null;
  /** The process that writes to it; null: it has ended. */
  readonly pid: number | null;
  /** Its policy file; null: it has none. */
  readonly policy: string | null;
  /** The latest evaluation in mode `best`; null: none. */
  readonly evaluation: { readonly step: number; readonly mean: number } | null;
  /** Size of all its files, bytes. */
  readonly bytes: number;
}

/** Every run in a data directory, newest first; a directory without a readable run.json, too, so that it can be deleted. */
export function storedRuns(dataDirectory: string): StoredRun[] {
  return runIds(dataDirectory).map((id) => storedRun(join(dataDirectory, 'runs', id), id));
}

/**
 * The runs with these IDs, or with these directories in `dataDirectory`. Throws E_RUN_UNKNOWN with the nearest ID, E_RUN_LOCKED for one
 * that a process writes to.
 */
export function deletableRuns(dataDirectory: string, named: readonly string[]): StoredRun[] {
  const known = runIds(dataDirectory);
  const ids = named.map((name) => {
    const id = known.find(
      (candidate) => candidate === name || join(dataDirectory, 'runs', candidate) === resolve(name),
    );
    if (id !== undefined) return id;
    const nearest = closestMatch(name, known);
    throw new SoftqdError('E_RUN_UNKNOWN', `no run ${name} in ${join(dataDirectory, 'runs')}; nothing was deleted`, {
      hint: nearest === null ? 'There are no runs.' : `Did you mean ${nearest}? softqd runs list shows all.`,
      values: { run: name },
    });
  });
  return [...new Set(ids)].map((id) => {
    const run = storedRun(join(dataDirectory, 'runs', id), id);
    if (run.pid === null) return run;
    throw new SoftqdError('E_RUN_LOCKED', `process ${run.pid} writes to run ${id}; nothing was deleted`, {
      hint: 'Stop it first: Ctrl-C in its terminal, or softqd stop.',
      values: { pid: run.pid, run: run.path },
    });
  });
}

/** Deletes a run. Throws E_RUN_LOCKED when a process has just begun to write to it, E_DISK. */
export function deleteRun({ path }: StoredRun): void {
  lockRun(path);
  try {
    rmSync(path, { recursive: true });
  } catch (cause) {
    throw new SoftqdError('E_DISK', `${path} cannot be deleted: ${(cause as Error).message}`, { cause });
  }
}

function storedRun(path: string, id: string): StoredRun {
  const policy = join(path, 'policy.safetensors');
  return {
    ...{ id, path, file: runFileOf(path), pid: runOwner(path)?.pid ?? null },
    ...{ policy: existsSync(policy) ? policy : null, evaluation: latestEvaluation(path), bytes: sizeOf(path) },
  };
}

function runFileOf(path: string): StoredRun['file'] {
  try {
    const { command, robot, task, preset, seed, startedAt } = RunDirectory.open(path).file;
    return { command, robot, task, preset, seed, startedAt };
  } catch {
    return null;
  }
}

/** The last row of curve.csv with mode `best`. */
function latestEvaluation(path: string): StoredRun['evaluation'] {
  const file = join(path, 'curve.csv');
  const rows = existsSync(file) ? parseCurve(readFileSync(file, 'utf8')) : [];
  const best = rows.findLast(({ mode }) => mode === 'best');
  return best === undefined || best.mean === null ? null : { step: best.step, mean: best.mean };
}

function sizeOf(path: string): number {
  let bytes = 0;
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    const status = statSync(join(path, name), { throwIfNoEntry: false });
    if (status?.isFile() === true) bytes += status.size;
  }
  return bytes;
}
