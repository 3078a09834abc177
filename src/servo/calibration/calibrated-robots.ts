import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibrationDirectory, ENDING, UNFINISHED_ENDING } from './calibration-file.ts';

/** A calibration file, as far as its name and its first field tell. */
export interface CalibratedRobot {
  /** Name of the robot file; null: the file cannot be read. */
  readonly robot: string | null;
  /** Which of several robots of this type (`--id`); null where there is one. */
  readonly id: string | null;
  readonly file: string;
}

/** The robots whose calibration is kept in a data directory, by name. */
export function calibratedRobots(dataDirectory: string): CalibratedRobot[] {
  const directory = calibrationDirectory(dataDirectory);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(ENDING) && !name.endsWith(UNFINISHED_ENDING))
    .sort()
    .map((name) => {
      const file = join(directory, name);
      const robot = robotIn(file);
      const key = name.slice(0, -ENDING.length);
      const id = robot !== null && key.startsWith(`${robot}-`) ? key.slice(robot.length + 1) : null;
      return { robot, id, file };
    });
}

function robotIn(file: string): string | null {
  try {
    const { robot } = JSON.parse(readFileSync(file, 'utf8')) as { readonly robot?: unknown };
    return typeof robot === 'string' ? robot : null;
  } catch {
    return null;
  }
}
