/** A process that drives servos and waits to be killed: arguments protocol, path, command timeout in ms. Prints `armed` when it is. */
import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { connectServos } from '../../../../src/driver/index.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { testRobot } from '../servo/servo-fixture.ts';

async function main(): Promise<void> {
  const [protocol, address, commandTimeoutMs] = process.argv.slice(2) as ['feetech' | 'dynamixel', string, string];
  const { driver } = await connectServos({
    protocol,
    address,
    robot: testRobot(protocol, { stopModes: ['hold', 'damp', 'torque-off'] }),
    calibration: null,
    controlPeriodS: 0.02,
    commandTimeoutMs: Number(commandTimeoutMs),
    clock: new MonotonicClock(),
    logger: silentLogger,
  });
  driver.readings$.subscribe({ error: () => undefined });
  await driver.arm();
  let sequence = 0;
  const beat = setInterval(() => driver.apply(unguardedForTest(sequence++, [0, 0, 0])), 20);
  process.once('SIGTERM', () => {
    clearInterval(beat);
    void driver.close().then(() => process.exit(0));
  });
  // Printed last: the reader may send the signal at once.
  process.stdout.write(`armed ${driver.watchdogPid ?? 0}\n`);
}

void main();
