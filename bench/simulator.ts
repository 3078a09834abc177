/**
 * Environment steps per second: through the WebSocket in lock-step (the server in a separate process) and stepping the same
 * model in this process.
 *
 *     npm run -s bench:simulator -- --robot arm2 --json
 *
 * Prints {"websocketStepsPerS","inProcessStepsPerS"}: the best of several blocks each, blocks interleaved.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import JSON5 from 'json5';
import { MonotonicClock } from '../src/base/monotonic-clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { SimulatedClock } from '../src/base/clock.ts';
import { XoshiroRandom } from '../src/base/random.ts';
import { connectSimulator, type SimulatorClient } from '../src/driver/index.ts';
import { parseRobot } from '../src/robot/parse-robot.ts';
import type { RobotSpec } from '../src/robot/robot-spec.ts';
import { createWorld, startSimulatorServer, type World } from '../src/simulator/index.ts';

/** An episode's length: worlds are begun again so that they stay where learning would keep them. */
const EPISODE_STEPS = 200;

const { values: flags } = parseArgs({
  options: {
    robot: { type: 'string', default: 'pendulum' },
    steps: { type: 'string', default: '20000' },
    blocks: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
  },
});
const directory = new URL(`../config/robots/${flags.robot}/`, import.meta.url).pathname;
const file = `${directory}robot.json5`;
const robot = parseRobot(JSON5.parse<{ robot: unknown }>(readFileSync(file, 'utf8')).robot, file);

async function serve(): Promise<void> {
  const world = await createWorld(robot, directory);
  const server = await startSimulatorServer({
    robot,
    world,
    mode: 'lock-step',
    host: '127.0.0.1',
    port: 0,
    clock: new MonotonicClock(),
    logger: silentLogger,
  });
  process.send?.(server.url);
  process.once('disconnect', () => process.exit(0));
}

function randomTargets(spec: RobotSpec): Float64Array[] {
  const random = new XoshiroRandom(1);
  const size = ({ limits }: RobotSpec['joints'][number]): number =>
    limits.maxEffortNmOrN ?? limits.maxVelocityRadOrMPerS ?? 1;
  return Array.from({ length: 256 }, () =>
    Float64Array.from(spec.joints, (joint) => size(joint) * (2 * random.uniform() - 1)),
  );
}

async function throughSocket(
  client: SimulatorClient,
  start: ReturnType<World['initialState']>,
  steps: number,
): Promise<number> {
  const targets = randomTargets(robot);
  const beganMs = performance.now();
  for (let i = 0; i < steps; i++) {
    if (i % EPISODE_STEPS === 0) await client.reset(start);
    await client.command(i, targets[i % targets.length]!);
  }
  return (1000 * steps) / (performance.now() - beganMs);
}

function inProcess(world: World, start: ReturnType<World['initialState']>, steps: number): number {
  const targets = randomTargets(robot);
  let sum = 0;
  const beganMs = performance.now();
  for (let i = 0; i < steps; i++) {
    if (i % EPISODE_STEPS === 0) world.reset(start);
    world.step(targets[i % targets.length]!);
    sum += world.reading().positions[0]!;
  }
  const tookMs = performance.now() - beganMs;
  if (!Number.isFinite(sum)) process.exitCode = 1;
  return (1000 * steps) / tookMs;
}

async function measure(): Promise<void> {
  const steps = Number(flags.steps);
  const child = fork(new URL(import.meta.url).pathname, ['--serve', '--robot', flags.robot]);
  const [url] = (await once(child, 'message')) as [string];
  const world = await createWorld(robot, directory);
  const connection = await connectSimulator({
    url,
    robot,
    role: 'controller',
    controlPeriodS: robot.controlPeriodS,
    clock: new SimulatedClock(),
    logger: silentLogger,
  });
  const start = world.initialState();
  await throughSocket(connection.client, start, Math.min(steps, 5000));
  inProcess(world, start, Math.min(steps, 5000));
  let websocketStepsPerS = 0;
  let inProcessStepsPerS = 0;
  for (let block = 0; block < Number(flags.blocks); block++) {
    websocketStepsPerS = Math.max(websocketStepsPerS, await throughSocket(connection.client, start, steps));
    inProcessStepsPerS = Math.max(inProcessStepsPerS, inProcess(world, start, steps));
  }
  await connection.driver.close();
  world.dispose();
  child.disconnect();
  const result = {
    websocketStepsPerS: Math.round(websocketStepsPerS),
    inProcessStepsPerS: Math.round(inProcessStepsPerS),
  };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(result)}\n`
      : `${robot.name}: ${result.websocketStepsPerS} steps/s through the WebSocket, ${result.inProcessStepsPerS} in process\n`,
  );
}

await (flags.serve ? serve() : measure());
