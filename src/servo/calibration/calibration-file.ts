import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { SoftqdError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import type { Calibration } from '../../robot/calibration.ts';
import { calibrationText, parseCalibration } from '../../robot/parse-calibration.ts';
import { robotKey } from '../../robot/robot-id.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';

/** Which robot a calibration is of: `id` names one of several of a type, null where there is one. */
export interface CalibrationOwner {
  readonly dataDirectory: string;
  readonly robot: RobotSpec;
  readonly id: string | null;
}

export const ENDING = '.json';
export const UNFINISHED_ENDING = '.unfinished.json';

export function calibrationDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'calibration');
}

/** Where the calibration of a robot is kept: DIR/calibration/<robot>[-<id>].json. */
function calibrationPath({ dataDirectory, robot, id }: CalibrationOwner): string {
  return join(calibrationDirectory(dataDirectory), robotKey(robot.name, id) + ENDING);
}

/** Where an unfinished calibration is kept. */
export function progressPath({ dataDirectory, robot, id }: CalibrationOwner): string {
  return join(calibrationDirectory(dataDirectory), robotKey(robot.name, id) + UNFINISHED_ENDING);
}

/**
 * The calibration kept for a robot, or null when there is none. Throws E_CALIBRATION when it is corrupt or of another robot, or when a
 * calibration was interrupted while it was written to the servos.
 */
export async function readCalibration(owner: CalibrationOwner): Promise<Calibration | null> {
  const { robot, id } = owner;
  if (await isPartiallyWritten(progressPath(owner))) {
    const key = robotKey(robot.name, id);
    throw new SoftqdError('E_CALIBRATION', `${key}: a calibration was interrupted while writing to the servos`, {
      hint: `Run softqd calibrate --robot ${robot.name}${id === null ? '' : ` --id ${id}`} --driver URL again to resume.`,
      values: { robot: key },
    });
  }
  const path = calibrationPath(owner);
  return existsSync(path) ? readCalibrationFile(path, robot) : null;
}

/** The calibration in a file of softqd or LeRobot. Throws E_CALIBRATION, E_USAGE when it cannot be read. */
export async function readCalibrationFile(path: string, robot: RobotSpec): Promise<Calibration> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SoftqdError('E_USAGE', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'Pass a file that exists and that you may read.',
      values: { file: path },
      cause,
    });
  });
  return parseCalibration(text, robot, path);
}

/** Stores a calibration atomically; returns its path. Throws E_DATA_DIRECTORY. */
export async function writeCalibration(owner: CalibrationOwner, calibration: Calibration): Promise<string> {
  const path = calibrationPath(owner);
  await writeFileAtomically(path, calibrationText(calibration));
  return path;
}

/** Writes a file atomically and creates its directory. Throws E_DATA_DIRECTORY. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  try {
    makeDirectory(dirname(path));
    await writeFileAtomic(path, text);
  } catch (cause) {
    throw new SoftqdError('E_DATA_DIRECTORY', `${path} cannot be written: ${(cause as Error).message}`, {
      values: { file: path },
      cause,
    });
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function isPartiallyWritten(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text !== null && text.includes('"writing": true');
}
