import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import type { CommonOptions } from '../cli/index.ts';
import { RunDirectory } from '../runs/index.ts';

type Configured = Pick<CommonOptions, 'configure'>;

/**
 * The file of a policy that a flag names: a file, or a run by its ID or directory. Throws E_USAGE when the run has no policy, the errors
 * of the configuration. What names neither is returned as it is: reading it reports the error.
 */
export async function policyPath(named: string, options: Configured): Promise<string> {
  const run = await namedRun(named, options);
  if (run === null) return named;
  if (existsSync(run.policyFile)) return run.policyFile;
  throw new SoftqdError('E_USAGE', `run ${run.id} has no policy`, {
    hint: 'It did not learn, or ended before its first policy; softqd runs list shows which runs have one.',
    values: { run: run.path },
  });
}

/** Paths of logs: files and log directories as given, a run (by ID or directory) as its log directory. Throws as policyPath. */
export async function logPaths(named: readonly string[], options: Configured): Promise<string[]> {
  const paths: string[] = [];
  for (const name of named) paths.push((await namedRun(name, options))?.logDirectory ?? name);
  return paths;
}

/** The run that a word names; null: it names a file, or nothing. */
async function namedRun(named: string, { configure }: Configured): Promise<RunDirectory | null> {
  const isDirectory = statSync(named, { throwIfNoEntry: false })?.isDirectory();
  if (isDirectory === false) return null;
  if (isDirectory === true && existsSync(join(named, 'run.json'))) return RunDirectory.open(named);
  if (named.includes('/') || named === '') return null;
  return RunDirectory.find((await configure()).config.data.directory, named);
}
