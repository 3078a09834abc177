import type { CommonOptions } from '../../cli/index.ts';
import type { FaultClearResult } from '../../commissioning/index.ts';

export interface ClearFaultOptions extends CommonOptions {
  /** The ID of the servo. */
  readonly id: number;
  readonly driverUrl: string;
  /** null: the joint name and the baud rate are not known. */
  readonly robot: string | null;
}

export interface ClearFaultResult extends FaultClearResult {
  /** The joint that the servo drives; null without a robot. */
  readonly joint: string | null;
}
