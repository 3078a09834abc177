/**
 * A process that drives a bridge robot, for tests that kill or freeze it: `bridge-host.ts PATH ROBOT_DIRECTORY PERIOD_MS EFFORT`. Prints
 * `driving` after the first second of commands. At the line `disarm` on its input it stops in order, prints the report and ends.
 */
import { createInterface } from 'node:readline';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { loadConfig } from '../../src/config/index.ts';
import { connectBridge } from '../../src/driver/bridge/connect-bridge.ts';
import { stopPlan } from '../../src/safety/index.ts';
import { unguardedForTest } from './safe-command.ts';

const [path, robotDirectory, periodMs, effort] = process.argv.slice(2);
const { robot } = await loadConfig({ robot: robotDirectory!, env: {} });
const { driver } = await connectBridge({
  address: path!,
  robot: robot!,
  controlPeriodS: Number(periodMs) / 1000,
  clock: new MonotonicClock(),
  logger: silentLogger,
});
let velocity = 0;
driver.readings$.subscribe({
  next: (event) => {
    if (event.kind === 'reading') velocity = event.reading.velocities[0]!;
  },
  error: () => undefined,
});
await driver.arm();
let sequence = 0;
/** Damping, so that the joint comes to rest under the effort, N m s/rad. */
const DAMPING = 0.03;
const loop = setInterval(
  () => void driver.apply(unguardedForTest(sequence++, [Number(effort) - DAMPING * velocity])),
  Number(periodMs),
);
setTimeout(() => console.log('driving'), 1000);
createInterface(process.stdin).once('line', () => {
  clearInterval(loop);
  void driver.disarm(stopPlan(robot!), 'asked').then(async (report) => {
    console.log(JSON.stringify(report));
    await driver.close();
    process.exit(0);
  });
});
