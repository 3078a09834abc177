import type { CommonOptions } from '../../cli/index.ts';
import type { CalibrateEvent, CalibrateResult } from '../../commissioning/index.ts';

export interface CalibrateCommandOptions extends CommonOptions {
  readonly robot: string;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  readonly driverUrl: string;
  /** A calibration file to write to the servos; null: measure. */
  readonly importFile: string | null;
  readonly measureDirections: boolean;
  /** Discard an interrupted calibration instead of resuming it. */
  readonly restart: boolean;
  readonly yes: boolean;
  /** Resolves at the next Enter. Rejects when the signal is aborted or the input has ended. */
  readonly waitForEnter: (signal: AbortSignal) => Promise<void>;
}

export interface CalibrateDone {
  readonly event: 'done';
  readonly robot: string;
  /** The calibration file. */
  readonly file: string;
  readonly sha256: string;
  /** Registers that differed and were written. */
  readonly written: number;
  readonly joints: CalibrateResult['calibration']['joints'];
}

export type CalibrateCommandEvent = CalibrateEvent | CalibrateDone;
