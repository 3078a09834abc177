import type { CommonOptions } from '../../cli/index.ts';
import type { RealTimeRunResult, RunEvent } from '../../runs/index.ts';

export interface DemoOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  readonly seed: number;
}

interface DemoDone extends RealTimeRunResult {
  readonly event: 'done';
  /** Steps learned. */
  readonly steps: number;
  readonly policy: string;
  readonly policySha256: string;
  /** Time spent learning. */
  readonly wallS: number;
}

export type DemoEvent = RunEvent | DemoDone;
