import type { StoppedEvent } from '../../runs/index.ts';
import type { CalibrationMismatch } from '../../robot/calibration-mismatches.ts';

/** One row of the live table, in steps. */
export interface RangeRow {
  readonly name: string;
  readonly id: number;
  readonly minimumSteps: number;
  readonly presentSteps: number;
  readonly maximumSteps: number;
  /** Measured range as a fraction of the robot file's range; may exceed 1. */
  readonly coverage: number;
  readonly continuous: boolean;
}

export type CalibrateEvent =
  | { readonly event: 'calibration'; readonly step: string; readonly text: string }
  /** Waiting for Enter. */
  | { readonly event: 'prompt'; readonly step: string; readonly text: string }
  | { readonly event: 'range'; readonly joints: readonly RangeRow[] }
  | { readonly event: 'differences'; readonly differences: readonly CalibrationMismatch[] }
  | {
      readonly event: 'written';
      readonly joint: string;
      readonly id: number;
      readonly registers: readonly string[];
    }
  /** How the robot was left. */
  | StoppedEvent;

/** The person at the robot. */
export interface Operator {
  emit(event: CalibrateEvent): void;
  info(text: string): void;
  /**
   * Prompts and resolves at Enter. Rejects with the signal's reason when it is aborted, with E_USAGE at the end of input.
   */
  waitForEnter(question: { readonly step: string; readonly text: string }, signal: AbortSignal): Promise<void>;
}
