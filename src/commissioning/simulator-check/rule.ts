import type { RobotSpec } from '../../robot/robot-spec.ts';
import { NS_PER_S } from '../../base/clock.ts';
import { checkReading } from '../../robot/reading.ts';
import type { SimulatorSpec, WireReading } from '../../wire/simulation/simulation-messages.ts';
import { broken, CheckConnection, type CheckRequest } from './check-connection.ts';

/** What the rules are checked with. */
export interface RuleContext {
  readonly url: string;
  readonly token: string | null;
  readonly robot: RobotSpec;
  readonly timeoutMs: number;
  /** What the simulator answered to Hello; set by the first rule about Hello. */
  spec: SimulatorSpec | null;
}

/** One rule of docs/simulator-protocol.md. */
export interface Rule {
  readonly id: string;
  /** The rule as a sentence. */
  readonly text: string;
  /** Absent: both. */
  readonly mode?: 'lock-step' | 'real-time';
  /** Rules without which this one cannot be checked. */
  readonly needs: readonly string[];
  /** Throws a SoftqdError when the rule is broken. Returns why it was skipped, or null. */
  readonly check: (context: RuleContext) => Promise<string | null>;
}

/** Opens a connection, with Hello unless `hello` is null, and closes it afterwards; then nothing unrequested may have been received. */
export async function withConnection<Result>(
  context: RuleContext,
  hello: Partial<Extract<CheckRequest, { type: 'hello' }>> | null,
  use: (connection: CheckConnection) => Promise<Result>,
): Promise<Result> {
  const { url, token, timeoutMs } = context;
  const connection = await CheckConnection.open({ url, token, timeoutMs });
  try {
    if (hello !== null) {
      const { spec } = await connection.ask({ ...helloOf(context), ...hello }, 'spec');
      context.spec ??= spec;
    }
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** As withConnection, as the controller in lock-step: at the end nothing unrequested may be received. */
export function asController(
  context: RuleContext,
  use: (connection: CheckConnection) => Promise<string | null | undefined>,
): Promise<string | null> {
  return withConnection(context, {}, async (connection) => {
    const skipped = await use(connection);
    if (context.spec?.mode === 'lock-step') await connection.expectNothing(20);
    return skipped ?? null;
  });
}

export function helloOf({ robot }: RuleContext): Extract<CheckRequest, { type: 'hello' }> {
  return {
    type: 'hello',
    protocolVersion: 1,
    role: 'controller',
    robot: robot.name,
    controlPeriodS: robot.controlPeriodS,
  };
}

/** A reading that fits the robot file and is finite. */
export function fitting(context: RuleContext, reading: WireReading): WireReading {
  checkReading({ ...reading, arrivalNs: NS_PER_S }, context.robot);
  if (!Number.isFinite(reading.deviceTimeS)) throw broken(`device_time_s is ${reading.deviceTimeS}`);
  return reading;
}

export async function resetBySeed(
  context: RuleContext,
  connection: CheckConnection,
  seed: number,
): Promise<WireReading> {
  const pushed = context.spec?.mode === 'real-time';
  const { reading } = await connection.ask({ type: 'reset', from: { seed } }, 'reading', { pushed });
  return fitting(context, reading);
}

/** Small targets that differ for each step and joint. */
export function targetsAt({ robot }: RuleContext, step: number): Float64Array {
  return Float64Array.from(robot.joints, (_, i) => 0.1 * Math.sin(step + 2 * i));
}

export async function command(context: RuleContext, connection: CheckConnection, step: number): Promise<WireReading> {
  const targets = targetsAt(context, step);
  const { reading } = await connection.ask({ type: 'command', sequence: step, targets }, 'reading');
  return fitting(context, reading);
}

/** The readings after `steps` commands. */
export async function commands(
  context: RuleContext,
  connection: CheckConnection,
  steps: number,
): Promise<readonly WireReading[]> {
  const readings: WireReading[] = [];
  for (let i = 0; i < steps; i++) readings.push(await command(context, connection, i));
  return readings;
}

/** Throws when the states of two readings differ in any bit; `withCounters`: sequence and time, too. */
export function requireSame(what: string, first: WireReading, second: WireReading, withCounters = false): void {
  const differing = differences(first, second, withCounters)[0];
  if (differing !== undefined) throw broken(`${what}: ${differing}`);
}

function differences(first: WireReading, second: WireReading, withCounters: boolean): string[] {
  const parts: [string, readonly number[], readonly number[]][] = [
    ['position', [...first.positions], [...second.positions]],
    ['velocity', [...first.velocities], [...second.velocities]],
    ...[...first.sensors].map(([name, values]): [string, number[], number[]] => [
      `sensor ${name}`,
      [...values],
      [...(second.sensors.get(name) ?? [])],
    ]),
    ...(withCounters
      ? ([
          ['sequence', [first.sequence], [second.sequence]],
          ['device_time_s', [first.deviceTimeS], [second.deviceTimeS]],
        ] satisfies [string, number[], number[]][])
      : []),
  ];
  return parts.flatMap(([part, one, other]) => {
    const at = one.findIndex((value, i) => !Object.is(value, other[i]));
    return at < 0 ? [] : [`${part} ${at} is ${other[at] ?? 'missing'}, was ${one[at]!}`];
  });
}
