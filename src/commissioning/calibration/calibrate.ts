import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  COMMISSIONING_RETRIES,
  progressPath,
  readCalibrationFile,
  readServoCalibrations,
  removeFile,
  requireServos,
  torqueOff,
  writeCalibration,
  writeServoCalibration,
  type ServoBus,
} from '../../servo/index.ts';
import type { Calibration } from '../../robot/calibration.ts';
import { calibrationMismatches, type CalibrationMismatch } from '../../robot/calibration-mismatches.ts';
import { calibrationSha256 } from '../../robot/parse-calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { RangeMeasurement } from './measurement.ts';
import type { Operator } from './operator.ts';
import { EMPTY_PROGRESS, readProgress, writeProgress } from './progress.ts';

export interface CalibrateOptions {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly clock: Clock;
  readonly person: Operator;
  readonly dataDirectory: string;
  /** Which robot of several of its type; null where there is one. */
  readonly id: string | null;
  /** A calibration file (of softqd or LeRobot) to write to the servos instead of measuring. */
  readonly importFile: string | null;
  /** Measure the direction of every joint instead of using the robot file's. */
  readonly measureDirections: boolean;
  /** Discard the measurements of an interrupted calibration. */
  readonly restart: boolean;
  /** Write an imported file without a prompt. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

export interface CalibrateResult {
  readonly calibration: Calibration;
  readonly sha256: string;
  readonly file: string;
  /** Number of registers written. */
  readonly written: number;
}

/**
 * Calibrates a robot: middle pose, range of motion by hand guiding, then the servos' EEPROM and the file. Nothing is written to a servo before the
 * measurement is complete. An interrupted calibration is resumed. Torque is off throughout and afterwards. Throws E_CALIBRATION,
 * E_SERVO_*, E_USAGE at the end of input, the signal's reason when it is aborted.
 */
export async function calibrate(options: CalibrateOptions): Promise<CalibrateResult> {
  const { robot, bus } = options;
  const ids = robot.servoBus!.servos.map(({ id }) => id);
  const given = options.importFile === null ? null : await readCalibrationFile(options.importFile, robot);
  await requireServos(bus, robot);
  options.person.emit({ event: 'calibration', step: 'torque-off', text: 'Torque is off: move the arm by hand.' });
  await torqueOff(bus, ids);
  try {
    const calibration = given ?? (await runMeasurement(options));
    if (given !== null && !(await confirmImport(options, given))) throw options.signal.reason;
    const written = await writeToServos(options, calibration);
    const file = await writeCalibration(options, calibration);
    await removeFile(progressPath(options));
    return { calibration, sha256: calibrationSha256(calibration), file, written };
  } finally {
    await torqueOff(bus, ids).catch((error: unknown) => {
      // Torque was not turned on here: the error of the calibration is reported, not this one.
      options.person.info(`torque off could not be confirmed: ${(error as Error).message}`);
    });
  }
}

/** Measures and stores the progress. An interrupted measurement is resumed when the servos have not changed since. */
async function runMeasurement(options: CalibrateOptions): Promise<Calibration> {
  const { robot, bus, person } = options;
  const path = progressPath(options);
  const servos = robot.servoBus!.servos;
  let progress = options.restart ? EMPTY_PROGRESS : await readProgress(path, robot);
  if (progress.result === null) {
    const held = await readServoCalibrations(
      bus,
      servos.map(({ id }) => id),
      COMMISSIONING_RETRIES,
    );
    const unchanged = progress.middles?.every(
      ({ previousOffsetSteps }, i) => previousOffsetSteps === held[i]!.homingOffsetSteps,
    );
    if (unchanged === false) {
      person.info('The servos changed since the interrupted calibration; starting over.');
      progress = EMPTY_PROGRESS;
    } else if (unchanged === true) person.info('Resuming the interrupted calibration (use --restart to start over).');
    const measuring = new RangeMeasurement(options, progress, (now) => writeProgress(path, robot, now));
    try {
      progress = await measuring.run();
    } catch (error) {
      const unusable = error instanceof SoftqdError && error.code === 'E_CALIBRATION';
      if (unusable) await removeFile(path);
      person.info(
        `No servo was modified. ${unusable ? 'The next calibration starts over.' : 'The measurements are stored: run the same command to resume.'}`,
      );
      throw error;
    }
  } else person.info('Measurement complete; writing the remaining values to the servos.');
  const { result, directions } = progress;
  return {
    robot: robot.name,
    joints: result!.map((values, i) => ({
      ...values,
      name: robot.joints[i]!.name,
      direction: directions?.[i] ?? servos[i]!.direction,
    })),
  };
}

/** Shows the registers that a file would change and waits for Enter. */
async function confirmImport(options: CalibrateOptions, calibration: Calibration): Promise<boolean> {
  const { bus, person, signal } = options;
  const held = await readServoCalibrations(
    bus,
    calibration.joints.map(({ id }) => id),
    COMMISSIONING_RETRIES,
  );
  const differences = calibrationMismatches(calibration, held);
  person.emit({ event: 'differences', differences });
  if (differences.length > 0 && !options.yes) {
    await person.waitForEnter(
      { step: 'write', text: `Press Enter to write ${count(differences)} to the servos, Ctrl-C to cancel.` },
      signal,
    );
  }
  return !signal.aborted;
}

function count(differences: readonly CalibrationMismatch[]): string {
  return differences.length === 1 ? 'one register' : `${differences.length} registers`;
}

/** Writes by difference, one servo after the other, without interruption. Throws E_CALIBRATION when a servo has other values afterwards. */
async function writeToServos({ bus, person, robot }: CalibrateOptions, calibration: Calibration): Promise<number> {
  let written = 0;
  for (const joint of calibration.joints) {
    const registers = await writeServoCalibration(bus, joint);
    written += registers.length;
    person.emit({ event: 'written', joint: joint.name, id: joint.id, registers });
  }
  const held = await readServoCalibrations(
    bus,
    calibration.joints.map(({ id }) => id),
    COMMISSIONING_RETRIES,
  );
  const [difference] = calibrationMismatches(calibration, held);
  if (difference === undefined) return written;
  const { joint, id, register, file, servo } = difference;
  throw new SoftqdError('E_CALIBRATION', `${robot.name}: ${joint} (servo ${id}) did not store ${register}`, {
    hint: 'Power-cycle the servo and try again. If it fails again, the servo is defective.',
    values: { joint, id, register, wanted: file, held: servo },
  });
}
