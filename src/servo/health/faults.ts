import { SoftqdError } from '../../base/errors.ts';
import type { ServoBus } from '../port.ts';
import { hardwareErrorNames } from '../../wire/dynamixel/index.ts';
import { feetechErrorNames } from '../../wire/feetech/index.ts';
import { readOne } from '../registers/register-values.ts';

/** The register in which a servo keeps its faults. */
export function faultRegister(protocol: ServoBus['protocol']): string {
  return protocol === 'feetech' ? 'status' : 'hardwareErrorStatus';
}

/** Names of the faults that a servo reports now; empty when it is well, or does not say. */
export async function faultNames(bus: ServoBus, id: number): Promise<readonly string[]> {
  const register = faultRegister(bus.protocol);
  const values = await readOne(bus, id, [register]).catch((error: unknown) => {
    if (error instanceof SoftqdError && error.code === 'E_SERIAL_LOST') throw error;
    return null;
  });
  return values === null ? [] : faultNamesOf(bus.protocol, values[register]!);
}

/** The faults in the bits of the status register. */
export function faultNamesOf(protocol: ServoBus['protocol'], bits: number): readonly string[] {
  return protocol === 'feetech' ? feetechErrorNames(bits) : hardwareErrorNames(bits);
}

/** What a fault means and what to do about its cause. */
export function describeFault(name: string): { readonly meaning: string; readonly cause: string } {
  return EXPLANATIONS[name] ?? { meaning: `fault ${name}`, cause: 'See the manual of this servo.' };
}

const VOLTAGE_FAULT = {
  meaning: 'the supply voltage is, or was, outside the range that the servo allows',
  cause: 'Measure the supply voltage under load. Use a supply with a higher current rating and short, thick wires.',
};
const OVERHEATING = {
  meaning: 'the servo is, or was, hotter than its limit',
  cause: 'Let it cool down; lighten the load, or hold poses for less long.',
};
const SENSOR_FAULT = {
  meaning: 'position sensor error',
  cause: 'Turn the power off and on; if it comes back, replace the servo.',
};
const OVERCURRENT = {
  meaning: 'the motor drew more current than allowed',
  cause: 'Look for a joint that is blocked or a cable that is pinched.',
};

const EXPLANATIONS: Readonly<Record<string, { readonly meaning: string; readonly cause: string }>> = {
  voltage: VOLTAGE_FAULT,
  'input-voltage': VOLTAGE_FAULT,
  temperature: OVERHEATING,
  overheating: OVERHEATING,
  sensor: SENSOR_FAULT,
  encoder: SENSOR_FAULT,
  current: OVERCURRENT,
  'electrical-shock': {
    meaning: 'electrical shock, or insufficient power to the motor',
    cause: 'Check the supply and the cables for loose contacts.',
  },
  angle: {
    meaning: 'position is outside the limits in EEPROM',
    cause: 'Move the joint into its range by hand, or calibrate again.',
  },
  overload: {
    meaning: 'overload: torque limit exceeded for too long; torque was turned off',
    cause: 'Remove the obstruction or reduce the load.',
  },
};
