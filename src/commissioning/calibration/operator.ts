import type { CalibrationDifference } from '../../robot/calibration-mismatches.ts';

/** One row of the live table, in steps. */
export interface RangeRow {
  readonly name: string;
  readonly id: number;
  readonly minimumSteps: number;
  readonly presentSteps: number;
  readonly maximumSteps: number;
  /** How much of the range that the robot file states has been seen, 0 to 1 and beyond. */
  readonly seen: number;
  readonly turnsFreely: boolean;
}

export type CalibrateEvent =
  | { readonly event: 'calibration'; readonly step: string; readonly text: string }
  /** Now Enter is waited for. */
  | { readonly event: 'ask'; readonly step: string; readonly text: string }
  | { readonly event: 'range'; readonly joints: readonly RangeRow[] }
  | { readonly event: 'differences'; readonly differences: readonly CalibrationDifference[] }
  | {
      readonly event: 'written';
      readonly joint: string;
      readonly id: number;
      readonly registers: readonly string[];
    };

/** Who stands beside the arm. */
export interface Person {
  tell(event: CalibrateEvent): void;
  note(text: string): void;
  /**
   * Asks and resolves at Enter. Rejects with the signal's reason when it is aborted, with E_USAGE when no more input can come.
   */
  enter(question: { readonly step: string; readonly text: string }, signal: AbortSignal): Promise<void>;
}
