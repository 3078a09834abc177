import type { ImportedRobot } from '../../robot/import/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ModelSource } from '../model/model-file.ts';

export interface ImportSource {
  /** Absolute. */
  readonly file: string;
  /** Its folder. */
  readonly folder: string;
  readonly tip: string | null;
  /** Folders by package names. */
  readonly packages: ReadonlyMap<string, string>;
}

/** What an import makes of a file, before it is a robot file. */
export interface ImportedFiles {
  readonly imported: ImportedRobot;
  readonly source: ModelSource;
}

export interface RobotImport {
  readonly robot: RobotSpec;
  readonly notes: readonly string[];
  readonly tip: string | null;
  readonly tasks: readonly string[];
  /** What to write, by paths relative to the folder; robot.json5 is the last. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}
