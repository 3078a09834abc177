import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction, ReportOptions } from '../command-ui.ts';

/** `softqd report`: one self-contained HTML file with the curves of a run. */
export const reportCommand: CommandFunction<ReportOptions> = () =>
  Promise.reject(
    new SoftqdError('E_NOT_YET', 'softqd report is not built yet in this version', {
      hint: "A run's curve.csv holds the same numbers; softqd log export writes its transitions.",
    }),
  );
