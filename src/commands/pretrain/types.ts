import type { CommonOptions } from '../../cli/index.ts';
import type { RunEvent } from '../../runs/index.ts';

export interface PretrainOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** Steps of the whole run, also when it is resumed. */
  readonly steps: number;
  readonly seed: number;
  readonly outFile: string;
  readonly simulators: number;
  /** null: a new run; `{run: null}`: the newest matching run, or a new one; `{run: ID or directory}`: that run. */
  readonly resume: { readonly run: string | null } | null;
}

interface PretrainDone {
  readonly event: 'done';
  readonly steps: number;
  /** The policy file. */
  readonly policy: string;
  readonly policySha256: string;
  /** The log directory. */
  readonly log: string;
  readonly wallS: number;
}

export type PretrainEvent = RunEvent | PretrainDone;
