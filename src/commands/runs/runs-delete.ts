import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { deletableRuns, deleteRun } from '../../runs/index.ts';
import { sizeText } from './print-runs.ts';
import type { RunsDeleteOptions, RunsDeleteResult } from './types.ts';

/**
 * `softqd runs delete`: deletes runs after asking; all of them are checked before the first is deleted. Throws E_RUN_UNKNOWN, E_RUN_LOCKED,
 * E_USAGE without a terminal and --yes.
 */
export const runsDeleteCommand: CommandFunction<RunsDeleteOptions, RunsDeleteResult> = async (options, ui) => {
  const { directory } = (await options.configure()).config.data;
  const runs = deletableRuns(directory, options.runs);
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const ids = runs.map(({ id }) => id);
  await requireConsent(options, `Delete ${ids.join(', ')} (${sizeText(bytes)})?`, ui.signal);
  for (const run of runs) deleteRun(run);
  ui.event({ deleted: ids, bytes });
  return 0;
};

async function requireConsent(
  { yes, confirm }: RunsDeleteOptions,
  question: string,
  signal: AbortSignal,
): Promise<void> {
  if (yes) return;
  if (confirm === null) {
    throw new SoftqdError('E_USAGE', 'runs delete asks first, and there is no terminal', {
      hint: 'Pass --yes to delete without asking.',
    });
  }
  const text = `${question} Logs and policies in it are lost; a policy written with --out stays.`;
  if (await confirm(text, signal)) return;
  throw new SoftqdError('E_USAGE', 'nothing was deleted: not confirmed', { hint: 'Type yes to confirm.' });
}
