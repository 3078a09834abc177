import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import JSON5 from 'json5';
import { SimulatedClock } from '../src/base/clock.ts';
import { SoftqdError } from '../src/base/errors.ts';
import { silentLogger } from '../src/base/logger.ts';
import { connectSimulator, type SimulatorConnection } from '../src/driver/index.ts';
import { startSimulatorCommand, type SimulatorCommand } from '../src/processes/index.ts';
import { parseRobot } from '../src/robot/parse-robot.ts';
import { flag, machine, option } from './support/machine.ts';
import { markdownTable } from './support/markdown-table.ts';
import { quantile } from './support/summary.ts';

// A simulator in Python without any package (examples/simulators/softqd_simulator.py) whose step computes for a stated time: seconds a step
// in its own loop, through the protocol in lock-step, and between two bare Python processes, blocks interleaved, and the steps per second of
// several at a time.
// --step-ms 0,1,4 --steps 2000 --blocks 5 --simulators 1,2 --json
const stepsMs = option('step-ms', '0,1,4').split(',').map(Number);
const steps = Number(option('steps', '2000'));
const blocks = Number(option('blocks', '5'));
const counts = option('simulators', '1,2').split(',').map(Number);

const PYTHON = 'python3';
const script = fileURLToPath(new URL('workloads/busy_simulator.py', import.meta.url));
const file = fileURLToPath(new URL('../config/robots/pendulum/robot.json5', import.meta.url));
const robot = parseRobot(JSON5.parse<{ robot: unknown }>(readFileSync(file, 'utf8')).robot, file);
const START_TIMEOUT_MS = 10_000;

interface Row {
  readonly stepMs: number;
  readonly ownMs: number;
  readonly protocolMs: number;
  /** Between two Python processes with two small packets a step: what the machine's hand-overs cost. */
  readonly exchangeMs: number;
  readonly addedMs: number;
  /** Of its own loop's steps per second. */
  readonly share: number;
  /** Steps per second of so many at a time. */
  readonly parallel: Readonly<Record<number, number>>;
}

interface Simulator {
  readonly process: SimulatorCommand;
  readonly connection: SimulatorConnection;
}

async function connect({ url, token }: SimulatorCommand): Promise<SimulatorConnection> {
  const untilMs = performance.now() + START_TIMEOUT_MS;
  const where = { url, token, robot, role: 'controller', controlPeriodS: robot.controlPeriodS } as const;
  for (;;) {
    try {
      return await connectSimulator({ ...where, clock: new SimulatedClock(), logger: silentLogger });
    } catch (error) {
      if (!(error instanceof SoftqdError) || error.code !== 'E_CONNECT' || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function start(stepMs: number): Promise<Simulator> {
  const command = `${PYTHON} '${script}' --step-ms ${stepMs}`;
  const { name, controlPeriodS } = robot;
  const process = await startSimulatorCommand({ command, robot: name, mode: 'lock-step', controlPeriodS });
  return { process, connection: await connect(process) };
}

/** Milliseconds a step through the protocol. */
async function throughProtocol({ client }: SimulatorConnection): Promise<number> {
  const target = Float64Array.of(1);
  const beganMs = performance.now();
  for (let i = 0; i < steps; i++) await client.command(i, target);
  return (performance.now() - beganMs) / steps;
}

/** Milliseconds a step without softqd: in the simulator's own loop, or asked for by a second Python process. */
function withoutSoftqd(how: 'own' | 'exchange', stepMs: number): number {
  const words = [script, '--step-ms', String(stepMs), `--${how}`, String(steps)];
  return 1000 * Number(execFileSync(PYTHON, words, { encoding: 'utf8' }));
}

async function measure(stepMs: number): Promise<Row> {
  const simulators: Simulator[] = [];
  try {
    while (simulators.length < Math.max(...counts)) simulators.push(await start(stepMs));
    const [first] = simulators;
    await throughProtocol(first!.connection);
    const own: number[] = [];
    const protocol: number[] = [];
    const exchange: number[] = [];
    for (let block = 0; block < blocks; block++) {
      own.push(withoutSoftqd('own', stepMs));
      protocol.push(await throughProtocol(first!.connection));
      exchange.push(withoutSoftqd('exchange', stepMs));
    }
    const parallel: Record<number, number> = {};
    for (const count of counts) {
      const beganMs = performance.now();
      await Promise.all(simulators.slice(0, count).map(({ connection }) => throughProtocol(connection)));
      parallel[count] = Math.round((1000 * count * steps) / (performance.now() - beganMs));
    }
    const [ownMs, protocolMs, exchangeMs] = [own, protocol, exchange].map((times) => quantile(times, 0.5)) as [
      number,
      number,
      number,
    ];
    const addedMs = protocolMs - ownMs;
    return { stepMs, ownMs, protocolMs, exchangeMs, addedMs, share: ownMs / protocolMs, parallel };
  } finally {
    for (const { process, connection } of simulators) {
      await connection.driver.close();
      await process.close();
    }
  }
}

const rows: Row[] = [];
for (const stepMs of stepsMs) rows.push(await measure(stepMs));
if (flag('json')) process.stdout.write(`${JSON.stringify({ rows, machine: machine() })}\n`);
else {
  const head = [
    ...['step, ms', 'own loop, ms', 'through the protocol, ms', 'added, ms', 'share of its own loop'],
    'added between two bare processes, ms',
  ];
  const cells = (row: Row): string[] => [
    String(row.stepMs),
    ...[row.ownMs, row.protocolMs, row.addedMs, row.share, row.exchangeMs - row.ownMs].map((value) => value.toFixed(3)),
    ...counts.map((count) => String(row.parallel[count])),
  ];
  process.stdout.write(
    markdownTable(
      [...head, ...counts.map((count) => `steps/s of ${count}`)],
      rows.map((row) => cells(row)),
    ),
  );
}
process.exit(0);
