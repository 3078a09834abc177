import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  COMMISSIONING_RETRIES,
  progressPath,
  readCalibrationFile,
  readServoCalibrations,
  removeFile,
  requireServos,
  writeCalibration,
  type SerialServoBus,
} from '../../servo/index.ts';
import type { Calibration } from '../../robot/calibration.ts';
import { calibrationMismatches, type CalibrationMismatch } from '../../robot/calibration-mismatches.ts';
import { calibrationSha256 } from '../../robot/parse-calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { RangeMeasurement } from './measurement.ts';
import type { Operator } from './operator.ts';
import { EMPTY_PROGRESS, readProgress, writeProgress, type CalibrationProgress } from './progress.ts';
import { askForTorqueOff } from './ask-for-torque-off.ts';
import { stopAfter } from './stop-after.ts';
import { writeToServos } from './write-to-servos.ts';

export interface CalibrateOptions {
  readonly robot: RobotSpec;
  readonly bus: SerialServoBus;
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
  /** Turn torque off, and write an imported file, without a prompt. */
  readonly yes: boolean;
  /** A person has agreed to turn torque off. */
  readonly torqueOffAgreed: boolean;
  /** Where the watchdog process of joints that hold hands over the port; null: nothing is supervised. */
  readonly holdSocketPath: string | null;
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
 * Calibrates a robot: middle pose, range of motion by hand guiding, then the servos' EEPROM and the file. It asks before torque is turned
 * off; torque stays off afterwards. Nothing is written to a servo before the measurement is complete, and a write that fails or is canceled
 * is undone. Canceled before torque was turned off, the robot is left by its stop plan. An interrupted calibration is resumed. Throws
 * E_CALIBRATION, E_SERVO_*, E_STOP_UNCONFIRMED, E_USAGE at the end of input, the signal's reason when it is aborted.
 */
export async function calibrate(options: CalibrateOptions): Promise<CalibrateResult> {
  const given = options.importFile === null ? null : await readCalibrationFile(options.importFile, options.robot);
  return stopAfter(options, async (onTorqueOff) => {
    await requireServos(options.bus, options.robot);
    await askForTorqueOff({ ...options, yes: options.yes || options.torqueOffAgreed, onTorqueOff });
    return measureAndWrite(options, given);
  });
}

async function measureAndWrite(options: CalibrateOptions, given: Calibration | null): Promise<CalibrateResult> {
  const { robot } = options;
  const progress = given === null ? await measure(options) : progressOf(given);
  const calibration = given ?? calibrationOf(robot, progress);
  if (given !== null) await confirmImport(options, given);
  const path = progressPath(options);
  const onWriting = (writing: boolean): Promise<void> =>
    given !== null && !writing
      ? removeFile(path)
      : writeProgress(path, robot, writing ? progress : { ...progress, result: null });
  const written = await writeToServos({ ...options, onWriting }, calibration);
  const file = await writeCalibration(options, calibration);
  await removeFile(path);
  return { calibration, sha256: calibrationSha256(calibration), file, written };
}

/** Measures and stores the progress. An interrupted measurement is resumed when the servos have not changed since. */
async function measure(options: CalibrateOptions): Promise<CalibrationProgress> {
  const { robot, bus, person } = options;
  const path = progressPath(options);
  let progress = options.restart ? EMPTY_PROGRESS : await readProgress(path, robot);
  if (progress.result !== null) {
    person.info('Measurement complete; writing the remaining values to the servos.');
    return progress;
  }
  const ids = robot.servoBus!.servos.map(({ id }) => id);
  const held = await readServoCalibrations(bus, ids, COMMISSIONING_RETRIES);
  const unchanged = progress.middles?.every(
    ({ previousOffsetSteps }, i) => previousOffsetSteps === held[i]!.homingOffsetSteps,
  );
  if (unchanged === false) {
    person.info('The servos changed since the interrupted calibration; starting over.');
    progress = EMPTY_PROGRESS;
  } else if (unchanged === true) person.info('Resuming the interrupted calibration (use --restart to start over).');
  try {
    return await new RangeMeasurement(options, progress, (now) => writeProgress(path, robot, now)).run();
  } catch (error) {
    const unusable = error instanceof SoftqdError && error.code === 'E_CALIBRATION';
    if (unusable) await removeFile(path);
    person.info(
      `No servo was modified. ${unusable ? 'The next calibration starts over.' : 'The measurements are stored: run the same command to resume.'}`,
    );
    throw error;
  }
}

function calibrationOf(robot: RobotSpec, { result, directions }: CalibrationProgress): Calibration {
  return {
    robot: robot.name,
    joints: result!.map((values, i) => ({
      ...values,
      name: robot.joints[i]!.name,
      direction: directions?.[i] ?? robot.servoBus!.servos[i]!.direction,
    })),
  };
}

/** A complete calibration as progress: an interrupted write of it is completed by the next calibration. */
function progressOf({ joints }: Calibration): CalibrationProgress {
  const result = joints.map(({ id, homingOffsetSteps, minimumSteps, maximumSteps }) => ({
    ...{ id, homingOffsetSteps, minimumSteps, maximumSteps },
  }));
  return { ...EMPTY_PROGRESS, directions: joints.map(({ direction }) => direction), result };
}

/** Shows the registers that a file would change and waits for Enter. */
async function confirmImport({ bus, person, signal, yes }: CalibrateOptions, calibration: Calibration): Promise<void> {
  const ids = calibration.joints.map(({ id }) => id);
  const held = await readServoCalibrations(bus, ids, COMMISSIONING_RETRIES);
  const differences = calibrationMismatches(calibration, held);
  person.emit({ event: 'differences', differences });
  if (differences.length > 0 && !yes) {
    await person.waitForEnter(
      { step: 'write', text: `Press Enter to write ${count(differences)} to the servos, Ctrl-C to cancel.` },
      signal,
    );
  }
  signal.throwIfAborted();
}

function count(differences: readonly CalibrationMismatch[]): string {
  return differences.length === 1 ? 'one register' : `${differences.length} registers`;
}
