import type { CommonOptions } from '../../cli/index.ts';

export interface RobotImportOptions extends CommonOptions {
  /** The URDF or MJCF. */
  readonly file: string;
  readonly name: string;
  readonly outDirectory: string;
  /** The tip of the kinematic chain: a link, body or site; null: the file determines it. */
  readonly tip: string | null;
  /** Folders by package names. */
  readonly packages: ReadonlyMap<string, string>;
}

export interface RobotImportResult {
  readonly robot: string;
  readonly file: string;
  readonly joints: readonly string[];
  /** Joints of the kinematic chain; null: not known. */
  readonly chain: readonly string[] | null;
  readonly tip: string | null;
  /** What was written, relative to the folder. */
  readonly files: readonly string[];
  readonly tasks: readonly string[];
  /** What to complete or check in the file. */
  readonly notes: readonly string[];
  /** What the robot file lacks for hardware, in sentences. */
  readonly missing: readonly string[];
  /** The command to continue with. */
  readonly next: string;
}
