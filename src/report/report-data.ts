import type { CurveRow } from '../runs/index.ts';
import type { LogSummary } from './log-summary.ts';
import type { MultiGoalData } from './multi-goal-data.ts';

/** Everything a report shows; plain data. */
export interface ReportData {
  readonly run: {
    readonly id: string;
    readonly robot: string;
    readonly task: string;
    readonly preset: string;
    readonly seed: number;
    readonly simulators: number;
    readonly command: string;
    readonly mode: string;
    readonly startedAt: string;
    readonly softqdVersion: string;
    readonly identity: string;
    readonly sessionUuid: string;
    readonly parentPolicySha256: string | null;
    readonly discount: number;
    readonly horizon: number;
    /** The configured value and, if known, the value in use. */
    readonly engine: string;
    /** Settings of the learner, as they were resolved. */
    readonly learner: Readonly<Record<string, unknown>>;
  };
  readonly curve: readonly CurveRow[];
  /** null: the run has no log. */
  readonly log: LogSummary | null;
  /** null: the run has no policy yet. */
  readonly policySha256: string | null;
  /** Only for the multi-goal task, once there is a policy. */
  readonly multiGoal: MultiGoalData | null;
  /** What could not be shown, and why. */
  readonly gaps: readonly string[];
}
