import type { Clock } from '../../base/clock.ts';
import { toSoftqdError } from '../../base/errors.ts';
import type { Calibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Check, Finding } from '../doctor.ts';
import { scanBus, type ScannedRate } from '../scan.ts';
import {
  COMMISSIONING_RETRIES,
  identifyServo,
  modelName,
  servoProtocol,
  withBus,
  type OpenBus,
  type ServoBus,
  type ServoProtocolName,
} from '../../servo/index.ts';
import { calibrationFinding } from './calibration-finding.ts';
import { loopFindings } from './loop-findings.ts';
import { servoFinding } from './servo-finding.ts';

export interface BusCheckOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocolName;
  readonly address: string;
  /** null: the robot's; without a robot, all baud rates. */
  readonly baudRate: number | null;
  /** null: any servos. */
  readonly robot: RobotSpec | null;
  /** Reads the stored calibration of the robot; may throw E_CALIBRATION. */
  readonly calibration: () => Promise<Calibration | null>;
  readonly clock: Clock;
  /** Whether servos are expected on this port: their absence is then an error, otherwise an info. */
  readonly expected: boolean;
}

const TIMEOUT_MS = 90_000;

/** The servos on one bus: IDs and baud rate, voltages, temperatures, faults, packet loss, loop budget, calibration. */
export function busCheck(options: BusCheckOptions): Check {
  return { id: 'bus', timeoutMs: TIMEOUT_MS, run: (signal) => checkBus(options, signal) };
}

async function checkBus(options: BusCheckOptions, signal: AbortSignal): Promise<Finding[]> {
  const { robot, open, protocol, address } = options;
  const wanted = robot?.servoBus?.servos ?? null;
  const baudRate = options.baudRate ?? robot?.servoBus?.baudRate ?? null;
  if (wanted === null || baudRate === null) {
    const rates = await scanBus({ ...options, ...(baudRate === null ? {} : { baudRates: [baudRate] }), signal });
    const findings = rates.map((rate) => detectedFinding(options, rate));
    if (findings.length === 0) return [noServosFinding(options)];
    const [first] = rates as [ScannedRate, ...ScannedRate[]];
    const ids = first.servos.map(({ id }) => id);
    const more = await withBus(open, { protocol, address, baudRate: first.baudRate }, (bus) =>
      servoFindings(bus, ids, options),
    );
    return [...findings, ...more];
  }
  const { missing, findings } = await withBus(open, { protocol, address, baudRate }, async (bus) => {
    const identities = await Promise.all(wanted.map(({ id }) => identifyServo(bus, id, COMMISSIONING_RETRIES)));
    const present = wanted.filter((_, i) => identities[i] !== null);
    const wrong = wanted.flatMap(({ id, modelNumber }, i) => {
      const found = identities[i]?.modelNumber ?? modelNumber;
      return found === modelNumber
        ? []
        : [`servo ${id} is ${modelName(bus.protocol, found)}, not ${modelName(bus.protocol, modelNumber)}`];
    });
    const all: Finding = {
      id: 'bus.servos',
      level: wrong.length > 0 ? 'error' : 'ok',
      title: `servos on ${address}`,
      detail: wrong.length > 0 ? wrong.join('; ') : `${present.length} of ${wanted.length} reply at ${baudRate} baud`,
      hint: wrong.length > 0 ? "Connect this robot's servos, or pass the correct --robot." : null,
    };
    const ids = present.map(({ id }) => id);
    const more = await servoFindings(bus, ids, options);
    const calibrated = ids.length === wanted.length ? [await calibrationFinding(bus, robot!, options.calibration)] : [];
    return {
      missing: wanted.filter((_, i) => identities[i] === null).map(({ id }) => id),
      findings: present.length === wanted.length ? [all, ...more, ...calibrated] : more,
    };
  });
  if (missing.length === 0) return findings;
  return [await missingServosFinding(options, { missing, baudRate, signal }), ...findings];
}

/** The findings of servos that reply. */
async function servoFindings(bus: ServoBus, ids: readonly number[], options: BusCheckOptions): Promise<Finding[]> {
  if (ids.length === 0) return [];
  const { robot } = options;
  const jointOf = (id: number): number | null => {
    const joint = robot?.servoBus?.servos.findIndex((servo) => servo.id === id) ?? -1;
    return joint < 0 ? null : joint;
  };
  const nameOf = (id: number): string | null => robot?.joints[jointOf(id) ?? -1]?.name ?? null;
  const servos: Finding[] = [];
  for (const id of ids) servos.push(await servoFinding(bus, id, { robot, joint: jointOf(id) }));
  return [
    ...servos,
    ...(await loopFindings(bus, { ids, nameOf, clock: options.clock, periodS: robot?.controlPeriodS ?? null })),
  ];
}

function detectedFinding(
  { protocol, address }: BusCheckOptions,
  { baudRate, servos, unidentified }: ScannedRate,
): Finding {
  const odd = unidentified.map(({ id, detail }) => `; ${id}: ${detail}`).join('');
  const common = servoProtocol(protocol).baudRates[0]!;
  return {
    id: `bus.servos.${baudRate}`,
    level: unidentified.length > 0 ? 'warning' : 'ok',
    title: `servos on ${address}`,
    detail: `at ${baudRate} baud: ${servos.map(({ id, model }) => `${id} ${model}`).join(', ')}${odd}`,
    hint: baudRate === common ? null : `The built-in robots use ${common} baud.`,
  };
}

function noServosFinding({ protocol, address, expected }: BusCheckOptions): Finding {
  return {
    id: 'bus.servos',
    level: expected ? 'error' : 'info',
    title: `servos on ${address}`,
    detail: `no ${protocol} servo found at any baud rate`,
    hint: 'Check power and the data cable. On a board with a jumper, set it to USB.',
  };
}

/** Servos that do not reply at the robot file's baud rate; searches the other rates. */
async function missingServosFinding(
  { open, protocol, address }: BusCheckOptions,
  { missing, baudRate, signal }: { missing: readonly number[]; baudRate: number; signal: AbortSignal },
): Promise<Finding> {
  const baudRates = servoProtocol(protocol).baudRates.filter((rate) => rate !== baudRate);
  const elsewhere = await scanBus({ open, protocol, address, baudRates, ids: missing, signal }).catch(
    (error: unknown) => {
      throw toSoftqdError(error);
    },
  );
  const found = elsewhere.map((rate) => `${rate.servos.map(({ id }) => id).join(', ')} at ${rate.baudRate} baud`);
  return {
    id: 'bus.servos',
    level: 'error',
    title: `servos on ${address}`,
    detail: `no reply at ${baudRate} baud from ${missing.join(', ')}${found.length === 0 ? ', nor at any other baud rate' : `; but ${found.join('; ')}`}`,
    hint:
      found.length === 0
        ? 'Check power and the cables between servos: all servos after a loose connector are missing. Assign IDs with one servo connected at a time.'
        : `Set their baud rate to ${baudRate} with the vendor's tool.`,
  };
}
