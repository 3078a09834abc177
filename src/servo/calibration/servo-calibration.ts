import type { ServoBus } from '../port.ts';
import { CALIBRATION_REGISTERS, calibrationValue, type ServoCalibration } from '../../robot/calibration-mismatches.ts';
import { answerError, readRegisters } from '../registers/register-values.ts';
import { writeEeprom } from '../registers/write-registers.ts';

/** What the servos hold as their calibration. Throws when one does not answer. */
export async function readServoCalibrations(bus: ServoBus, ids: readonly number[]): Promise<ServoCalibration[]> {
  const results = await readRegisters(bus, ids, CALIBRATION_REGISTERS);
  return results.map((result) => {
    if (result.kind === 'failed') throw answerError(result);
    return {
      id: result.id,
      homingOffsetSteps: result.values['homingOffset']!,
      minimumSteps: result.values['minimumPosition']!,
      maximumSteps: result.values['maximumPosition']!,
    };
  });
}

/** Writes one servo's calibration into its EEPROM; the names of the registers that were different. */
export function writeServoCalibration(bus: ServoBus, wanted: ServoCalibration): Promise<readonly string[]> {
  const registers = CALIBRATION_REGISTERS.map((register) => [register, calibrationValue(wanted, register)] as const);
  return writeEeprom(bus, wanted.id, Object.fromEntries(registers));
}
