import type { RobotSpec } from '../../robot/robot-spec.ts';
import { DRIVING_RETRIES, type RetryPolicy } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import { readRegister } from '../registers/read-registers.ts';
import { servosByJoint } from '../robot-servos.ts';
import { servoFault } from '../servo-errors.ts';

/** Faults of one servo: the value of its fault register, 0 without a fault, and their names. */
export interface ServoFaults {
  readonly bits: number;
  readonly names: readonly string[];
}

/** Reads the faults that a servo reports now. Rejects as ServoBus.read. */
export async function readFaults(bus: ServoBus, id: number, retries: RetryPolicy): Promise<ServoFaults> {
  const bits = await readRegister(bus, id, bus.protocol.faultRegister, retries);
  return { bits, names: bus.protocol.faultNames(bits) };
}

/** Throws E_SERVO_STATUS naming servo, joint and faults when a servo of the robot reports one. */
export async function requireHealthy(bus: ServoBus, robot: RobotSpec): Promise<void> {
  for (const [index, { spec }] of servosByJoint(robot).entries()) {
    const { bits, names } = await readFaults(bus, spec.id, DRIVING_RETRIES);
    if (bits !== 0) throw servoFault(robot, index, names);
  }
}

/** The meaning of a fault and how to remove its cause. */
export function describeFault(name: string): { readonly meaning: string; readonly remedy: string } {
  return EXPLANATIONS[name] ?? { meaning: `fault ${name}`, remedy: 'See the manual of this servo.' };
}

const VOLTAGE_FAULT = {
  meaning: 'the supply voltage is, or was, outside the range of the servo',
  remedy: 'Measure the supply voltage under load. Use a supply with a higher current rating and short, thick wires.',
};
const OVERHEATING = {
  meaning: 'the servo is, or was, hotter than its limit',
  remedy: 'Let it cool down. Reduce the load, or hold poses for less time.',
};
const SENSOR_FAULT = {
  meaning: 'position sensor error',
  remedy: 'Power-cycle the servo. If the fault returns, replace the servo.',
};
const OVERCURRENT = {
  meaning: 'the motor drew more current than allowed',
  remedy: 'Look for a blocked joint or a pinched cable.',
};

const EXPLANATIONS: Readonly<Record<string, { readonly meaning: string; readonly remedy: string }>> = {
  voltage: VOLTAGE_FAULT,
  'input-voltage': VOLTAGE_FAULT,
  temperature: OVERHEATING,
  overheating: OVERHEATING,
  sensor: SENSOR_FAULT,
  encoder: SENSOR_FAULT,
  current: OVERCURRENT,
  'electrical-shock': {
    meaning: 'electrical shock, or insufficient power to the motor',
    remedy: 'Check the supply and the cables for loose contacts.',
  },
  angle: {
    meaning: 'position is outside the limits in EEPROM',
    remedy: 'Move the joint into its range by hand, or calibrate again.',
  },
  overload: {
    meaning: 'overload: torque limit exceeded for too long; torque was turned off',
    remedy: 'Remove the obstruction or reduce the load.',
  },
};
