import type { CommonOptions } from '../../cli/index.ts';

export interface RobotImportOptions extends CommonOptions {
  /** The URDF. */
  readonly file: string;
  readonly name: string;
  readonly outDirectory: string;
  /** The tip link of the kinematic chain; null: the only leaf link. */
  readonly tip: string | null;
}

export interface RobotImportResult {
  readonly robot: string;
  readonly file: string;
  readonly joints: readonly string[];
  /** Joints of the kinematic chain; null: not known. */
  readonly chain: readonly string[] | null;
  readonly tasks: readonly string[];
  /** What to complete or check in the file. */
  readonly notes: readonly string[];
}
