import type { CommonOptions } from '../../cli/index.ts';

export interface ReportOptions extends CommonOptions {
  /** The ID or directory of a run; null: the newest run in --data. */
  readonly run: string | null;
  /** null: report.html in the run directory. */
  readonly outFile: string | null;
}

export interface ReportResult {
  readonly file: string;
  readonly bytes: number;
  /** The run directory. */
  readonly run: string;
}
