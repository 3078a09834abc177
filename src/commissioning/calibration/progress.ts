import { readFile } from 'node:fs/promises';
import { StrictObject } from '../../robot/strict-object.ts';
import type { ServoCalibration } from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { writeFileAtomically } from '../../servo/index.ts';
import type { MiddlePose } from './homing.ts';
import type { RecordedRange } from './range-recorder.ts';

/** The finished steps of a calibration, in joint order. */
export interface CalibrationProgress {
  /** null: not measured yet. */
  readonly middles: readonly MiddlePose[] | null;
  readonly ranges: readonly RecordedRange[] | null;
  readonly directions: readonly (1 | -1)[] | null;
  /** The complete measurement; it may be written to some of the servos. */
  readonly result: readonly ServoCalibration[] | null;
}

export const EMPTY_PROGRESS: CalibrationProgress = { middles: null, ranges: null, directions: null, result: null };

const KEYS = ['format', 'robot', 'writing', 'middles', 'ranges', 'directions', 'result'];
const MAX_STEPS = 2 ** 20;

export async function writeProgress(path: string, robot: RobotSpec, progress: CalibrationProgress): Promise<void> {
  const file = { format: 1, robot: robot.name, writing: progress.result !== null, ...progress };
  await writeFileAtomically(path, `${JSON.stringify(file, null, 2)}\n`);
}

/** The progress of an interrupted calibration; empty when there is none or the file is invalid, which measures again. */
export async function readProgress(path: string, robot: RobotSpec): Promise<CalibrationProgress> {
  try {
    return parse(JSON.parse(await readFile(path, 'utf8')), robot, path);
  } catch {
    return EMPTY_PROGRESS;
  }
}

function parse(json: unknown, robot: RobotSpec, source: string): CalibrationProgress {
  const file = new StrictObject(json, KEYS, { source, path: 'unfinished', code: 'E_CALIBRATION' });
  file.integer('format', 1, 1);
  if (file.text('robot') !== robot.name) return EMPTY_PROGRESS;
  const count = robot.joints.length;
  const rows = <T>(key: string, keys: readonly string[], read: (row: StrictObject) => T): readonly T[] | null =>
    file.raw(key) === null
      ? null
      : file.list(key, count, count).map(({ element, location }) => read(new StrictObject(element, keys, location)));
  const steps = (row: StrictObject, key: string): number => row.integer(key, -MAX_STEPS, MAX_STEPS);
  return {
    middles: rows('middles', ['presentSteps', 'previousOffsetSteps'], (row) => ({
      presentSteps: steps(row, 'presentSteps'),
      previousOffsetSteps: steps(row, 'previousOffsetSteps'),
    })),
    ranges: rows('ranges', ['min', 'max', 'present', 'continuous'], (row) => ({
      min: steps(row, 'min'),
      max: steps(row, 'max'),
      present: steps(row, 'present'),
      continuous: row.raw('continuous') === true,
    })),
    directions:
      file.raw('directions') === null
        ? null
        : file.list('directions', count, count).map(({ element }) => (element === -1 ? -1 : 1)),
    result: rows('result', ['id', 'homingOffsetSteps', 'minimumSteps', 'maximumSteps'], (row) => ({
      id: row.integer('id', 0, 252),
      homingOffsetSteps: steps(row, 'homingOffsetSteps'),
      minimumSteps: steps(row, 'minimumSteps'),
      maximumSteps: steps(row, 'maximumSteps'),
    })),
  };
}
