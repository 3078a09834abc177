import type { CommonOptions, Confirm } from '../../cli/index.ts';
import type { CalibrateEvent, CalibrateResult, VerifiedDirection } from '../../commissioning/index.ts';

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
  /** Prove the direction of each joint by a motion afterwards. */
  readonly verifyDirections: boolean;
  /** Lets `use` wait for Enter: resolves at the next one, rejects when the signal is aborted or the input has ended. */
  readonly withEnterPrompt: <Result>(
    use: (waitForEnter: (signal: AbortSignal) => Promise<void>) => Promise<Result>,
  ) => Promise<Result>;
  /** Asks the person at the terminal for permission, and whether something happened; null: there is none. */
  readonly confirm: Confirm | null;
  readonly answer: Confirm | null;
}

export interface CalibrateDone {
  readonly event: 'done';
  readonly robot: string;
  /** The calibration file. */
  readonly file: string;
  readonly sha256: string;
  /** Registers that differed and were written. */
  readonly written: number;
  /** Whether the direction of every joint was proven by a motion. */
  readonly directionsVerified: boolean;
  readonly joints: CalibrateResult['calibration']['joints'];
}

/** A joint is about to move. */
interface MotionEvent {
  readonly event: 'motion';
  readonly joint: string;
  /** What it looks like. */
  readonly text: string;
}

/** The direction of a joint is proven, unless a person saw something else. */
interface DirectionEvent extends VerifiedDirection {
  readonly event: 'direction';
}

export type CalibrateCommandEvent = CalibrateEvent | MotionEvent | DirectionEvent | CalibrateDone;
