import type { Finding, FindingLevel } from '../doctor.ts';
import {
  VOLTS_PER_STEP,
  describeFault,
  faultNamesOf,
  faultRegister,
  readRegisters,
  type ToolBus,
} from '../../servo/index.ts';

/** Nearer than this to a limit is told. */
const VOLTS_MARGIN = 0.3;
const DEGREES_MARGIN = 10;
const POSITION_MODE = 3;

/** One servo's voltage, temperature and faults beside the limits in its own memory. */
export async function servoFinding(bus: ToolBus, id: number, joint: string | null): Promise<Finding> {
  const title = `servo ${id}${joint === null ? '' : ` (${joint})`}`;
  const dynamixel = bus.protocol === 'dynamixel';
  const limit = dynamixel ? 'temperatureLimit' : 'maximumTemperature';
  const status = faultRegister(bus.protocol);
  const names = ['presentVoltage', 'presentTemperature', 'minimumVoltage', 'maximumVoltage', limit, status];
  const [result] = await readRegisters(bus, [id], dynamixel ? [...names, 'operatingMode', 'homingOffset'] : names);
  if (result?.kind !== 'values') {
    const hint = 'Check its cable and power.';
    return { id: `servo.${id}`, level: 'error', title, detail: result?.detail ?? 'does not answer', hint };
  }
  const { values } = result;
  const volts = values['presentVoltage']! * VOLTS_PER_STEP;
  const degrees = values['presentTemperature']!;
  const remarks: Problem[] = [];
  for (const fault of faultNamesOf(bus.protocol, values[status]!)) {
    const { meaning, cause } = describeFault(fault);
    remarks.push([
      'error',
      `fault ${fault}: ${meaning}`,
      `${cause} Then softqd clear-fault ${id} --driver ${bus.protocol}:${bus.path}.`,
    ]);
  }
  const low = values['minimumVoltage']! * VOLTS_PER_STEP;
  const high = values['maximumVoltage']! * VOLTS_PER_STEP;
  if (volts < low + VOLTS_MARGIN)
    remarks.push([
      'warning',
      `supply voltage near its lower limit ${low.toFixed(1)} V`,
      'Charge the battery, or use a supply with more current.',
    ]);
  else if (volts > high - VOLTS_MARGIN)
    remarks.push([
      'warning',
      `its supply is near the upper limit ${high.toFixed(1)} V`,
      'Use the supply that the servo is made for.',
    ]);
  if (degrees > values[limit]! - DEGREES_MARGIN)
    remarks.push(['warning', `near its limit of ${values[limit]!} C`, 'Let it cool down and lighten its load.']);
  if (dynamixel && values['operatingMode'] !== POSITION_MODE && values['homingOffset'] !== 0)
    remarks.push([
      'warning',
      `operating mode ${values['operatingMode']!} with a homing offset: older firmware moves when the bus watchdog triggers`,
      'Update its firmware with Dynamixel Wizard, or use position mode (3).',
    ]);
  const level = highestLevel(remarks);
  return {
    id: `servo.${id}`,
    level,
    title,
    detail: [`${volts.toFixed(1)} V, ${degrees} C`, ...remarks.map(([, text]) => text)].join('; '),
    hint: remarks.length === 0 ? null : remarks.map(([, , next]) => next).join(' '),
  };
}

type Problem = readonly [level: FindingLevel, text: string, hint: string];

function highestLevel(remarks: readonly Problem[]): FindingLevel {
  if (remarks.some(([level]) => level === 'error')) return 'error';
  return remarks.length > 0 ? 'warning' : 'ok';
}
