import type { CommonOptions, Confirm } from '../../cli/index.ts';
import type { StoredRun } from '../../runs/index.ts';

export type RunsListOptions = CommonOptions;

export interface RunsListResult {
  /** DIR/runs. */
  readonly directory: string;
  /** Newest first. */
  readonly runs: readonly StoredRun[];
}

export interface RunsDeleteOptions extends CommonOptions {
  /** IDs, or directories. */
  readonly runs: readonly string[];
  /** Delete without asking. */
  readonly yes: boolean;
  /** Asks the person at the terminal; null: there is none. */
  readonly confirm: Confirm | null;
}

export interface RunsDeleteResult {
  /** IDs of the runs that were deleted. */
  readonly deleted: readonly string[];
  /** Bytes that they occupied. */
  readonly bytes: number;
}
