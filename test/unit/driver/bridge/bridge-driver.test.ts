import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import type { BridgeDriver } from '../../../../src/driver/bridge/bridge-driver.ts';
import { throwOnFault } from '../../../../src/driver/port.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import { connectTo, servoPair, startHostBridge, type RunningBoard } from '../../../support/bridge.ts';
import { hasProgram } from '../../../support/firmware.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { skipUnless } from '../../../support/skips.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

/** The next emission of readings$ for which `wanted` is true: a reading, an error or 'complete'. */
function next(
  driver: BridgeDriver,
  wanted: (reading: Reading) => boolean = () => true,
): Promise<Reading | SoftqdError | 'complete'> {
  return new Promise((resolve) => {
    const subscription = driver.readings$.pipe(throwOnFault()).subscribe({
      next: (reading) => {
        if (!wanted(reading)) return;
        resolve(reading);
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: (error: unknown) => resolve(error as SoftqdError),
      complete: () => resolve('complete'),
    });
  });
}

async function nextReading(driver: BridgeDriver, wanted?: (reading: Reading) => boolean): Promise<Reading> {
  const got = await next(driver, wanted);
  assert.ok(got !== 'complete' && !(got instanceof SoftqdError), got instanceof SoftqdError ? got.message : 'complete');
  return got;
}

async function nextError(driver: BridgeDriver): Promise<SoftqdError> {
  const got = await next(driver, () => false);
  assert.ok(got instanceof SoftqdError);
  return got;
}

/** Sends this command after each reading, as a control loop does; returns a function that stops it. */
function drive(driver: BridgeDriver, targets: (reading: Reading) => number[]): () => void {
  const subscription = driver.readings$.pipe(throwOnFault()).subscribe({
    next: (reading) => void driver.apply(unguardedForTest(reading.sequence, targets(reading))),
    error: () => undefined,
  });
  return () => subscription.unsubscribe();
}

describe('BridgeDriver with the firmware as a process', function () {
  this.timeout(60_000);
  let board: RunningBoard;
  let driver: BridgeDriver;

  before(function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
  });

  async function open(
    options: Parameters<typeof connectTo>[1] = {},
    ...parameters: string[]
  ): Promise<Awaited<ReturnType<typeof connectTo>>> {
    board = await startHostBridge(
      ...(parameters.includes('--strict') ? parameters.slice(1) : ['--relaxed-timeouts', ...parameters]),
    );
    const connection = await connectTo(board.path, { validForMs: 1000, receiveTimeoutMs: 2000, ...options });
    driver = connection.driver;
    return connection;
  }

  afterEach(async () => {
    await driver.close();
    await board.stop();
  });

  it('identifies the board and emits readings in SI units with its sensors', async () => {
    const { welcome, resetter } = await open();
    assert.equal(welcome.board, 'host');
    assert.deepEqual(
      welcome.joints.map(({ name, targetMode }) => [name, targetMode]),
      [['hinge', 'effort']],
    );
    const first = await resetter.reset({ qpos: new Float64Array(1), qvel: new Float64Array(1) });
    const second = await nextReading(driver);
    assert.deepEqual([first.positions.length, first.velocities.length, first.efforts.length], [1, 1, 1]);
    assert.deepEqual(first.sensors.get('supply_voltage'), Float64Array.of(12));
    assert.ok(
      second.sequence > first.sequence && second.deviceTimeS > first.deviceTimeS && second.arrivalNs > first.arrivalNs,
    );
  });

  it('moves nothing while disarmed, and drives the joint when armed', async () => {
    await open();
    const stop = drive(driver, () => [0.1]);
    for (let i = 0; i < 20; i++) assert.equal((await nextReading(driver)).positions[0], 0);
    stop();
    await driver.arm();
    const stopArmed = drive(driver, () => [0.1]);
    const moved = await nextReading(driver, ({ positions }) => positions[0]! > 0.2);
    assert.ok(Math.abs(moved.efforts[0]! - 0.1) < 1e-6);
    stopArmed();
    await driver.disarm(stopPlan(driver.spec), 'enough');
    // Damped: the effort opposes the motion until it is at rest, whatever is commanded.
    const stopStill = drive(driver, () => [0.1]);
    const opposes = ({ efforts, velocities }: Reading): boolean => efforts[0]! * velocities[0]! <= 0;
    await nextReading(driver, opposes);
    for (let i = 0; i < 10; i++) assert.ok(opposes(await nextReading(driver)));
    stopStill();
  });

  it('returns the sent command, rounded to float32, in a new array', async () => {
    await open({ robot: servoPair }, '--robot', 'servo-pair');
    const command = unguardedForTest(7, [0.1, -0.2]);
    const applied = driver.apply(command);
    command.targets.fill(9);
    assert.deepEqual([applied.sequence, ...applied.targets], [7, Math.fround(0.1), Math.fround(-0.2)]);
  });

  it('reaches a position within the limits of the board, and counts clipped targets', async () => {
    await open({ robot: servoPair }, '--robot', 'servo-pair');
    await driver.arm();
    const stop = drive(driver, () => [0.6, 5]);
    let fastest = 0;
    await nextReading(driver, ({ positions, velocities }) => {
      fastest = Math.max(fastest, ...velocities);
      return Math.abs(positions[0]! - 0.6) < 0.01 && Math.abs(positions[1]! - 1) < 0.01;
    });
    stop();
    // The limit is 3; on a busy machine the board's ticks are uneven.
    assert.ok(fastest < 4.4, `${fastest}`);
    assert.ok(driver.counters.boardClips > 0);
  });

  for (const [line, reason, joint] of [
    ['estop', 'emergency-stop', null],
    ['supply 7', 'undervoltage', null],
    ['temperature 95', 'overtemperature', 'hinge'],
    ['hang 60', 'tick-late', null],
  ] as const) {
    it(`reports why the board stopped: ${reason}, and continues for a new subscriber`, async () => {
      await open({}, ...(reason === 'tick-late' ? ['--strict'] : []));
      await driver.arm();
      drive(driver, () => [0.05]);
      const ending = nextError(driver);
      board.say(line);
      const error = await ending;
      assert.equal(error.code, 'E_BRIDGE_STOPPED');
      assert.equal(error.values['reason'], reason);
      assert.equal(error.values['joint'], joint);
      await nextReading(driver);
      if (reason === 'tick-late') {
        await assert.rejects(
          driver.arm(),
          (refused) =>
            refused instanceof SoftqdError && refused.exitCode === 3 && refused.values['refusal'] === 'stopped',
        );
        await driver.disarm(stopPlan(driver.spec), 'a disarm does not clear it');
        await assert.rejects(driver.arm(), { code: 'E_SAFETY_STATE' });
        await driver.clearFault();
        await driver.arm();
      }
    });
  }

  it('rejects arming with the reason when the robot reports a fault', async () => {
    await open();
    board.say('supply 20');
    await nextReading(driver, ({ sensors }) => sensors.get('supply_voltage')![0] === 20);
    await assert.rejects(driver.arm(), (error) => {
      assert.ok(error instanceof SoftqdError);
      assert.deepEqual(
        [error.code, error.exitCode, error.values['refusal'], error.values['stopReason']],
        ['E_SAFETY_STATE', 3, 'unhealthy', 'overvoltage'],
      );
      return true;
    });
  });

  it('reports a reading that is not finite as an error, and continues with finite ones', async () => {
    await open();
    const ending = nextError(driver);
    board.say('blind 1');
    assert.equal((await ending).code, 'E_READING_NON_FINITE');
    board.say('blind 0');
    for (let tries = 0; tries < 100; tries++) {
      const got = await next(driver);
      if (!(got instanceof SoftqdError)) return;
    }
    assert.fail('no reading came back');
  });

  it('stops when no commands arrive, although the process is running', async () => {
    await open({ validForMs: 60 });
    await driver.arm();
    driver.apply(unguardedForTest(0, [0.1]));
    const error = await nextError(driver);
    assert.equal(error.values['reason'], 'command-expired');
  });

  it('reconnects disarmed after a receive timeout', async () => {
    const { logger } = await open({ receiveTimeoutMs: 500 });
    await driver.arm();
    const stop = drive(driver, () => [0.05]);
    const ending = nextError(driver);
    board.child.kill('SIGSTOP');
    const error = await ending;
    stop();
    assert.equal(error.code, 'E_SERIAL_LOST');
    assert.throws(() => driver.apply(unguardedForTest(0, [0])), { code: 'E_SERIAL_LOST' });
    await assert.rejects(driver.arm(), { code: 'E_SERIAL_LOST' });
    await driver.disarm(stopPlan(driver.spec), 'away');
    board.child.kill('SIGCONT');
    await nextReading(driver);
    assert.equal(driver.board?.state === 'disarmed' || driver.board?.state === 'stopped', true);
    assert.ok(logger.entries.some(({ message }) => message.includes('reconnected')));
    await driver.clearFault();
    await driver.arm();
  });

  it('is lost permanently when the board does not reconnect', async () => {
    await open({ reconnectTimeoutMs: 400 });
    const first = nextError(driver);
    await board.stop();
    assert.equal((await first).code, 'E_SERIAL_LOST');
    let last: unknown;
    do last = await next(driver);
    while (!(last instanceof SoftqdError));
    assert.ok(last.code === 'E_SERIAL_NOT_FOUND' || last.code === 'E_SERIAL_LOST', last.code);
    assert.equal(await next(driver), last);
    const { code } = last;
    assert.throws(() => driver.apply(unguardedForTest(0, [0])), { code });
    await driver.disarm(stopPlan(driver.spec), 'lost');
  });

  it('completes readings$ on close, also on a second one, and leaves the robot disarmed', async () => {
    await open();
    await driver.arm();
    const ending = next(driver, () => false);
    await driver.close();
    await driver.close();
    assert.equal(await ending, 'complete');
    assert.throws(() => driver.apply(unguardedForTest(0, [0])), { code: 'E_SERIAL_LOST' });
    const again = await connectTo(board.path);
    assert.deepEqual([again.welcome.state, again.welcome.stopReason], ['disarmed', 'host-disarmed']);
    await again.driver.close();
  });

  it('transfers readings and commands at 921,600 baud without a corrupt frame', async () => {
    await open({ controlPeriodS: 0.002 }, '--baud', '921600');
    await driver.arm();
    let commands = 0;
    const stop = drive(driver, () => (commands++, [0.02]));
    while (commands < 300) await nextReading(driver);
    stop();
    assert.equal(driver.frames?.wrongCrc, 0);
    assert.equal(driver.counters.badMessages, 0);
  });
});
