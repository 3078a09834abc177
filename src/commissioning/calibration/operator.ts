import type { CalibrationMismatch } from '../../robot/calibration-mismatches.ts';

/** One row of the live table, in steps. */
export interface RangeRow {
  readonly name: string;
  readonly id: number;
  readonly minimumSteps: number;
  readonly presentSteps: number;
  readonly maximumSteps: number;
  /** How much of the range that the robot file states has been seen, 0 to 1 and beyond. */
  readonly coverage: number;
  readonly continuous: boolean;
}

export type CalibrateEvent =
  | { readonly event: 'calibration'; readonly step: string; readonly text: string }
  /** Now Enter is waited for. */
  | { readonly event: 'prompt'; readonly step: string; readonly text: string }
  | { readonly event: 'range'; readonly joints: readonly RangeRow[] }
  | { readonly event: 'differences'; readonly differences: readonly CalibrationMismatch[] }
  | {
      readonly event: 'written';
      readonly joint: string;
      readonly id: number;
      readonly registers: readonly string[];
    };

/** Who stands beside the arm. */
export interface Operator {
  emit(event: CalibrateEvent): void;
  info(text: string): void;
  /**
   * Asks and resolves at Enter. Rejects with the signal's reason when it is aborted, with E_USAGE when no more input can come.
   */
  waitForEnter(question: { readonly step: string; readonly text: string }, signal: AbortSignal): Promise<void>;
}
