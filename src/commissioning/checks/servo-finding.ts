import type { Finding, FindingLevel } from '../doctor.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { describeFault, effortLimit, readRegisters, type ServoBus, type ServoProtocol } from '../../servo/index.ts';

/** A value closer than this to its limit is reported. */
const VOLTS_MARGIN = 0.3;
const DEGREES_MARGIN = 10;

type Problem = readonly [level: FindingLevel, text: string, hint: string];
type Values = Readonly<Record<string, number>>;

/** Voltage, temperature and faults of one servo, compared with the limits in its EEPROM. */
export async function servoFinding(
  bus: ServoBus,
  id: number,
  { robot, joint }: { readonly robot: RobotSpec | null; readonly joint: number | null },
): Promise<Finding> {
  const { protocol } = bus;
  const name = joint === null ? null : (robot?.joints[joint]?.name ?? null);
  const title = `servo ${id}${name === null ? '' : ` (${name})`}`;
  const [result] = await readRegisters(bus, [id], registerNames(protocol));
  if (result?.kind !== 'values') {
    const hint = 'Check its cable and power.';
    return { id: `servo.${id}`, level: 'error', title, detail: result?.detail ?? 'no reply', hint };
  }
  const { values } = result;
  const problems = [
    ...faultProblems(bus, id, values),
    ...supplyProblems(protocol, values),
    ...temperatureProblems(protocol, values),
    ...modeProblems(protocol, values),
  ];
  const volts = values['presentVoltage']! * protocol.voltsPerStep;
  return {
    id: `servo.${id}`,
    level: highestLevel(problems),
    title,
    detail: [
      `${volts.toFixed(1)} V, ${values['presentTemperature']!} C`,
      ...(robot === null || joint === null ? [] : [effortText(protocol, robot, { joint, volts })]),
      ...problems.map(([, text]) => text),
    ].join('; '),
    hint: problems.length === 0 ? null : problems.map(([, , hint]) => hint).join(' '),
  };
}

/** The torque limit that arming writes. */
function effortText(
  protocol: ServoProtocol,
  robot: RobotSpec,
  { joint, volts }: { readonly joint: number; readonly volts: number },
): string {
  const limit = effortLimit(protocol, robot, joint, volts);
  if (limit.kind === 'none') return `effort not limited: ${limit.reason}`;
  const { register, full } = protocol.torqueLimit;
  const percent = Math.round((100 * limit.steps) / full);
  return `effort limited to ${percent} % of ${limit.stallNm.toFixed(2)} N m (${register} ${limit.steps} when armed)`;
}

function registerNames({ temperatureLimitRegister, faultRegister, watchdog }: ServoProtocol): readonly string[] {
  const limits = ['minimumVoltage', 'maximumVoltage', temperatureLimitRegister];
  const mode = watchdog === null ? [] : ['operatingMode', 'homingOffset'];
  return ['presentVoltage', 'presentTemperature', ...limits, faultRegister, ...mode];
}

function faultProblems({ protocol, path }: ServoBus, id: number, values: Values): Problem[] {
  return protocol.faultNames(values[protocol.faultRegister]!).map((fault): Problem => {
    const { meaning, remedy } = describeFault(fault);
    const hint = `${remedy} Then run softqd clear-fault ${id} --driver ${protocol.name}:${path}.`;
    return ['error', `fault ${fault}: ${meaning}`, hint];
  });
}

function supplyProblems({ voltsPerStep }: ServoProtocol, values: Values): Problem[] {
  const volts = values['presentVoltage']! * voltsPerStep;
  const min = values['minimumVoltage']! * voltsPerStep;
  const max = values['maximumVoltage']! * voltsPerStep;
  if (volts < min + VOLTS_MARGIN) {
    const hint = 'Charge the battery, or use a supply with more current.';
    return [['warning', `supply voltage near its lower limit ${min.toFixed(1)} V`, hint]];
  }
  if (volts > max - VOLTS_MARGIN) {
    const hint = 'Use the supply that the servo is rated for.';
    return [['warning', `supply voltage near its upper limit ${max.toFixed(1)} V`, hint]];
  }
  return [];
}

function temperatureProblems({ temperatureLimitRegister }: ServoProtocol, values: Values): Problem[] {
  const limit = values[temperatureLimitRegister]!;
  if (values['presentTemperature']! <= limit - DEGREES_MARGIN) return [];
  return [['warning', `near its limit of ${limit} C`, 'Let it cool down and reduce its load.']];
}

/** Older firmware with a bus watchdog moves in modes other than position mode. */
function modeProblems({ watchdog, positionMode }: ServoProtocol, values: Values): Problem[] {
  const mode = values['operatingMode'];
  if (watchdog === null || mode === positionMode || values['homingOffset'] === 0) return [];
  const text = `operating mode ${mode!} with a homing offset: older firmware moves when the bus watchdog triggers`;
  return [['warning', text, `Update its firmware with Dynamixel Wizard, or use position mode (${positionMode}).`]];
}

function highestLevel(problems: readonly Problem[]): FindingLevel {
  if (problems.some(([level]) => level === 'error')) return 'error';
  return problems.length > 0 ? 'warning' : 'ok';
}
