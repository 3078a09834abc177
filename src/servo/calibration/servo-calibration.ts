import { CALIBRATION_REGISTERS, calibrationValue, type ServoCalibration } from '../../robot/calibration-mismatches.ts';
import { COMMISSIONING_RETRIES, type RetryPolicy } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import { readRegisterTwice } from '../registers/read-registers.ts';
import { writeByDifference } from '../registers/write-registers.ts';

/** The calibration stored in the servos, in the order of `ids`, each register read twice. Rejects when a servo does not reply. */
export async function readServoCalibrations(
  bus: ServoBus,
  ids: readonly number[],
  retries: RetryPolicy,
): Promise<readonly ServoCalibration[]> {
  const held: ServoCalibration[] = [];
  for (const id of ids) {
    const homingOffsetSteps = await readRegisterTwice(bus, id, 'homingOffset', retries);
    const minimumSteps = await readRegisterTwice(bus, id, 'minimumPosition', retries);
    const maximumSteps = await readRegisterTwice(bus, id, 'maximumPosition', retries);
    held.push({ id, homingOffsetSteps, minimumSteps, maximumSteps });
  }
  return held;
}

/** Writes one servo's calibration to its EEPROM by difference. Returns the names of the registers written. */
export function writeServoCalibration(bus: ServoBus, wanted: ServoCalibration): Promise<readonly string[]> {
  const registers = CALIBRATION_REGISTERS.map((register) => [register, calibrationValue(wanted, register)] as const);
  return writeByDifference(bus, wanted.id, Object.fromEntries(registers), { retries: COMMISSIONING_RETRIES });
}
