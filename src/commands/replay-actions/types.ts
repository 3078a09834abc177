import type { CommonOptions } from '../../cli/index.ts';

export interface ReplayActionsOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** A file of JSON lines; `-`: the standard input. */
  readonly actionsFile: string;
}

/** The result of one action. */
export interface ReplayedStep {
  readonly observation: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}
