import type { CommonOptions } from '../../cli/index.ts';

export interface SimulateOptions extends CommonOptions {
  readonly robot: string;
}
