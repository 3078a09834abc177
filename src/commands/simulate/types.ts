import type { CommonOptions } from '../../cli/index.ts';

export interface SimulateOptions extends CommonOptions {
  readonly robot: string;
  /** Of the environment; simulator.tokenFile comes before it. */
  readonly token: string | null;
}
