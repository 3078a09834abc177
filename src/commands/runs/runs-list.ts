import { join } from 'node:path';
import type { CommandFunction } from '../../cli/index.ts';
import { storedRuns } from '../../runs/index.ts';
import type { RunsListOptions, RunsListResult } from './types.ts';

/** `softqd runs list`: the runs in the data directory. */
export const runsListCommand: CommandFunction<RunsListOptions, RunsListResult> = async (options, ui) => {
  const { directory } = (await options.configure()).config.data;
  ui.event({ directory: join(directory, 'runs'), runs: storedRuns(directory) });
  return 0;
};
