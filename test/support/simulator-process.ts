/** A simulator in a separate process, for tests that kill it: `simulator-process.ts ROBOT MODE`; sends the URL to its parent. */
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createWorld, startSimulatorServer } from '../../src/simulator/index.ts';
import { loadRobot, robotDirectory } from './simulator.ts';

const [name = 'pendulum', mode = 'lock-step'] = process.argv.slice(2);
const robot = loadRobot(name);
const world = await createWorld(robot, robotDirectory(name));
const server = await startSimulatorServer({
  robot,
  world,
  mode: mode === 'real-time' ? 'real-time' : 'lock-step',
  host: '127.0.0.1',
  port: 0,
  clock: new MonotonicClock(),
  logger: silentLogger,
});
process.once('disconnect', () => process.exit(0));
process.send?.(server.url);
