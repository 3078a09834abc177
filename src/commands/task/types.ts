import type { CommonOptions } from '../../cli/index.ts';

export interface TaskNewOptions extends CommonOptions {
  readonly name: string;
  /** The robot's folder. */
  readonly robot: string;
  /** How this program is called, for the commands to continue with. */
  readonly program: string;
}

export interface TaskNewResult {
  readonly task: string;
  readonly robot: string;
  /** What was written, absolute paths. */
  readonly files: readonly string[];
  /** The commands to continue with, in this order: check the task, train. */
  readonly next: readonly [string, string];
}

export interface TaskCheckOptions extends CommonOptions {
  /** tasks/NAME.json5 in a robot's folder. */
  readonly file: string;
}

/** One property that every task must have. */
export interface TaskCheck {
  readonly name: 'initial states' | 'shapes' | 'finite' | 'pure' | 'arguments' | 'round trip' | 'time';
  /** null: it has it. */
  readonly problem: string | null;
}

export interface TaskCheckResult {
  readonly ok: boolean;
  readonly file: string;
  readonly task: string;
  readonly robot: string;
  readonly observationNames: readonly string[];
  readonly actionSize: number;
  /** Where the readings came from: the robot's world, or random numbers for a robot without one. */
  readonly readings: 'simulated' | 'random';
  readonly steps: number;
  /** All; where the task threw, only those that it had failed before. */
  readonly checks: readonly TaskCheck[];
  /** What one step of the task takes, microseconds. */
  readonly stepUs: { readonly median: number; readonly p99: number };
  readonly controlPeriodS: number;
  /** What the task threw, or the first failed check, in the form of every error. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string; readonly values: object };
}
