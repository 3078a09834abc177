import type { Clock } from '../../base/clock.ts';
import { toSoftqdError } from '../../base/errors.ts';
import type { Calibration } from '../../robot/calibration.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Check, Finding } from '../doctor.ts';
import { scanBus, type ScannedRate } from '../scan.ts';
import { baudRatesOf, modelName, withBus, type OpenBus, type ServoProtocol, type ToolBus } from '../../servo/index.ts';
import { calibrationFinding } from './calibration-finding.ts';
import { loopFindings } from './loop-findings.ts';
import { servoFinding } from './servo-finding.ts';

export interface BusCheckOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocol;
  readonly address: string;
  /** null: the robot's, or without a robot all of them. */
  readonly baudRate: number | null;
  /** null: whoever is there. */
  readonly robot: RobotSpec | null;
  /** The calibration kept for the robot; may throw E_CALIBRATION. */
  readonly calibration: () => Promise<Calibration | null>;
  readonly clock: Clock;
  /** Whether somebody said that there are servos: then nobody answering is a problem, else a note. */
  readonly expected: boolean;
}

const TIMEOUT_MS = 90_000;

/** The servos on one bus: who answers and at which baud rate, voltages, temperatures, faults, loss, the loop's budget, calibration. */
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
    const answers = await Promise.all(wanted.map(async ({ id }) => (await bus.ping(id)) ?? bus.ping(id)));
    const present = wanted.filter((_, i) => answers[i] !== null);
    const wrong = wanted.flatMap(({ id, modelNumber }, i) => {
      const found = answers[i]?.modelNumber ?? modelNumber;
      return found === modelNumber
        ? []
        : [`servo ${id} is ${modelName(protocol, found)}, not ${modelName(protocol, modelNumber)}`];
    });
    const all: Finding = {
      id: 'bus.servos',
      level: wrong.length > 0 ? 'error' : 'ok',
      title: `servos on ${address}`,
      detail: wrong.length > 0 ? wrong.join('; ') : `${present.length} of ${wanted.length} answer at ${baudRate} baud`,
      hint: wrong.length > 0 ? "Connect this robot's servos, or pass the correct --robot." : null,
    };
    const ids = present.map(({ id }) => id);
    const more = await servoFindings(bus, ids, options);
    const calibrated = ids.length === wanted.length ? [await calibrationFinding(bus, robot!, options.calibration)] : [];
    return {
      missing: wanted.filter((_, i) => answers[i] === null).map(({ id }) => id),
      findings: present.length === wanted.length ? [all, ...more, ...calibrated] : more,
    };
  });
  if (missing.length === 0) return findings;
  return [await missingServosFinding(options, { missing, baudRate, signal }), ...findings];
}

/** What there is to say of servos that answer. */
async function servoFindings(bus: ToolBus, ids: readonly number[], options: BusCheckOptions): Promise<Finding[]> {
  if (ids.length === 0) return [];
  const { robot } = options;
  const nameOf = (id: number): string | null => {
    const joint = robot?.servoBus?.servos.findIndex((servo) => servo.id === id) ?? -1;
    return robot?.joints[joint]?.name ?? null;
  };
  const servos: Finding[] = [];
  for (const id of ids) servos.push(await servoFinding(bus, id, nameOf(id)));
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
  const usual = baudRatesOf(protocol)[0]!;
  return {
    id: `bus.servos.${baudRate}`,
    level: unidentified.length > 0 ? 'warning' : 'ok',
    title: `servos on ${address}`,
    detail: `at ${baudRate} baud: ${servos.map(({ id, model }) => `${id} ${model}`).join(', ')}${odd}`,
    hint: baudRate === usual ? null : `The built-in robots use ${usual} baud.`,
  };
}

function noServosFinding({ protocol, address, expected }: BusCheckOptions): Finding {
  return {
    id: 'bus.servos',
    level: expected ? 'error' : 'info',
    title: `servos on ${address}`,
    detail: `no ${protocol} servo found at any baud rate`,
    hint: 'Check that the servos have power and that the data cable is in; a board with a jumper must have it set to USB.',
  };
}

/** Servos that do not answer where the robot file says: do they elsewhere? */
async function missingServosFinding(
  { open, protocol, address }: BusCheckOptions,
  { missing, baudRate, signal }: { missing: readonly number[]; baudRate: number; signal: AbortSignal },
): Promise<Finding> {
  const baudRates = baudRatesOf(protocol).filter((rate) => rate !== baudRate);
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
    detail: `no answer at ${baudRate} baud from ${missing.join(', ')}${found.length === 0 ? ', nor at any other baud rate' : `; but ${found.join('; ')}`}`,
    hint:
      found.length === 0
        ? 'Check the power and the cable from servo to servo: all servos after a loose connector are missing. Ids are set one servo at a time.'
        : `Set their baud rate to ${baudRate} with the vendor's tool.`,
  };
}
