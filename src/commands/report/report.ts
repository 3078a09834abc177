import { resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { RunDirectory, resolveRobotAndTask } from '../../runs/index.ts';
import { writeRunReport } from '../../report/index.ts';
import type { ReportOptions, ReportResult } from './types.ts';

/** `softqd report`: writes a self-contained HTML page about a run. Throws E_RUN_UNKNOWN, E_DISK. */
export const reportCommand: CommandFunction<ReportOptions, ReportResult> = async (options, ui) => {
  const run = await findRun(options);
  const { robot, task } = run.file;
  const { file, bytes } = await writeRunReport({
    run,
    outFile: options.outFile === null ? run.reportFile : resolve(options.outFile),
    select: async () => resolveRobotAndTask(await options.configure({ robot, task })),
    signal: ui.signal,
  });
  ui.event({ file, bytes, run: run.path });
  return 0;
};

async function findRun(options: ReportOptions): Promise<RunDirectory> {
  const { directory } = (await options.configure()).config.data;
  if (options.run !== null) return RunDirectory.findById(directory, options.run);
  const newest = RunDirectory.newest(directory, () => true);
  if (newest !== null) return newest;
  throw new SoftqdError('E_RUN_UNKNOWN', `no runs in ${directory}`, {
    hint: 'Create one with softqd pretrain or softqd run, or pass --data DIR.',
  });
}
