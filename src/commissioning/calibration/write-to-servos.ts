import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Calibration } from '../../robot/calibration.ts';
import { calibrationMismatches, type ServoCalibration } from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import {
  COMMISSIONING_RETRIES,
  readServoCalibrations,
  writeServoCalibration,
  type ServoBus,
} from '../../servo/index.ts';
import type { Operator } from './operator.ts';

export interface WriteToServosOptions {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly person: Operator;
  readonly signal: AbortSignal;
  /** Called before the first register is written, and after all servos have their previous values again. */
  readonly onWriting: (writing: boolean) => Promise<void>;
}

/**
 * Writes a calibration by difference, one servo after the other, and reads it back. When it fails or `signal` is aborted, every servo gets
 * its previous values again, read back. Returns the number of registers written. Throws E_CALIBRATION when a servo has other values
 * afterwards, the signal's reason, the errors of ServoBus.
 */
export async function writeToServos(options: WriteToServosOptions, calibration: Calibration): Promise<number> {
  const { bus, person, signal, onWriting } = options;
  const ids = calibration.joints.map(({ id }) => id);
  const before = await readServoCalibrations(bus, ids, COMMISSIONING_RETRIES);
  await onWriting(true);
  try {
    let written = 0;
    for (const joint of calibration.joints) {
      signal.throwIfAborted();
      const registers = await writeServoCalibration(bus, joint);
      written += registers.length;
      person.emit({ event: 'written', joint: joint.name, id: joint.id, registers });
    }
    signal.throwIfAborted();
    requireEqual(options.robot, calibration, await readServoCalibrations(bus, ids, COMMISSIONING_RETRIES));
    return written;
  } catch (error) {
    if (await restore(options, before)) await onWriting(false);
    throw error;
  }
}

/** The previous values, written by difference and read back. False when a servo does not have them; never rejects. */
async function restore({ bus, person }: WriteToServosOptions, before: readonly ServoCalibration[]): Promise<boolean> {
  const failed: string[] = [];
  for (const servo of before) {
    try {
      await writeServoCalibration(bus, servo);
    } catch (error) {
      failed.push(`servo ${servo.id}: ${toSoftqdError(error).message}`);
    }
  }
  person.info(
    failed.length === 0
      ? 'The servos have their previous calibration again (read back).'
      : `The previous calibration could not be restored: ${failed.join('; ')}. Run the same command to complete the new one.`,
  );
  return failed.length === 0;
}

function requireEqual(robot: RobotSpec, calibration: Calibration, held: readonly ServoCalibration[]): void {
  const [difference] = calibrationMismatches(calibration, held);
  if (difference === undefined) return;
  const { joint, id, register, file, servo } = difference;
  throw new SoftqdError('E_CALIBRATION', `${robot.name}: ${joint} (servo ${id}) did not store ${register}`, {
    hint: 'Power-cycle the servo and try again. If it fails again, the servo is defective.',
    values: { joint, id, register, wanted: file, held: servo },
  });
}
