import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  RosbridgeFixture,
  COMMAND_TOPIC,
  next,
  nextError,
  readingWhere,
  twoJoints,
  until,
} from '../../../support/rosbridge.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';
import { RosbridgeServer } from '../../../support/rosbridge-server.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

describe('A robot over rosbridge', () => {
  const fixture = new RosbridgeFixture();
  const { start, open } = fixture;

  afterEach(() => fixture.close());

  const data = (robot: RosbridgeRobot): unknown[] => robot.server.published.map(({ msg }) => msg['data']);

  describe('is armed', () => {
    it('only with a joint state within the age limit', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, {
        robot: { ...twoJoints(), readingMaxAgeS: 0.05 },
        receiveTimeoutMs: 5000,
      });
      robot.silent = true;
      await new Promise((resolve) => setTimeout(resolve, 80));
      await assert.rejects(driver.arm(), { code: 'E_READING_STALE' });
      assert.equal(robot.commands.length, 0);
      robot.silent = false;
      await readingWhere(driver, () => true);
      await driver.arm();
    });

    it('only when rosapi reports a subscriber of its commands', async () => {
      const robot = await start();
      robot.server.listeners.clear();
      const { driver } = await open(robot.url);
      await assert.rejects(driver.arm(), (error: SoftqdError) => {
        assert.equal(error.code, 'E_SAFETY_STATE');
        assert.match(error.message, new RegExp(`no subscriber on ${COMMAND_TOPIC}`));
        return true;
      });
      assert.equal(robot.commands.length, 0);
    });

    it('not when it is disarmed during arming', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      const arming = driver.arm();
      await driver.disarm(stopPlan(driver.spec), 'a person said so');
      await assert.rejects(arming, { code: 'E_SAFETY_STATE' });
      driver.apply(unguardedForTest(0, [1, 1]));
      await readingWhere(driver, () => true);
      assert.equal(robot.commands.length, 0);
    });

    it('without rosapi, with a warning', async () => {
      const robot = await start(twoJoints(), { rosapi: false });
      const { driver, logger } = await open(robot.url);
      await driver.arm();
      assert.ok(logger.entries.some(({ level, message }) => level === 'warning' && /rosapi/.test(message)));
      driver.apply(unguardedForTest(0, [0, 0]));
      await until(() => robot.commands.length === 1);
    });
  });

  describe('that disconnects', () => {
    it('is an error; it reconnects disarmed, subscribes and advertises again', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      await driver.arm();
      const failing = nextError(driver);
      await robot.restartServer();
      assert.equal((await failing).code, 'E_ROSBRIDGE_LOST');
      assert.throws(() => driver.apply(unguardedForTest(0, [0, 0])), { code: 'E_ROSBRIDGE_LOST' });
      await readingWhere(driver, () => true);
      driver.apply(unguardedForTest(1, [1, 1]));
      await readingWhere(driver, () => true);
      assert.deepEqual(data(robot), []);
      await driver.arm();
      driver.apply(unguardedForTest(2, [0.5, 0.5]));
      await readingWhere(driver, ({ positions }) => positions[0] === 0.5);
      assert.equal(driver.counters.reconnects, 1);
    });

    it('continues the sequence of readings across the gap', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      const before = await readingWhere(driver, () => true);
      const failing = nextError(driver);
      robot.server.cut();
      await failing;
      const after = await readingWhere(driver, () => true);
      assert.ok(after.sequence > before.sequence);
    });

    it('for longer than the reconnect timeout errors for present and later subscribers', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, { reconnectTimeoutMs: 150 });
      await driver.arm();
      await robot.server.stop();
      const fault = await nextError(driver);
      const loss = await nextError(driver);
      assert.equal(fault.code, 'E_ROSBRIDGE_LOST');
      assert.equal(await next(driver), loss);
      assert.throws(() => driver.apply(unguardedForTest(0, [0, 0])), loss);
      await assert.rejects(driver.arm(), loss);
      await driver.disarm(stopPlan(driver.spec), 'lost');
    });

    it('by a receive timeout is an error, and the stop is sent', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, { receiveTimeoutMs: 60, reconnectTimeoutMs: 0 });
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.5, 0]));
      await readingWhere(driver, ({ positions }) => positions[0] === 0.5);
      const failing = nextError(driver);
      robot.silent = true;
      const error = await failing;
      assert.equal(error.code, 'E_ROSBRIDGE_LOST');
      assert.match(error.message, /no joint state on \/joint_states for 60 ms/);
      await until(() => robot.commands.length === 2);
      assert.deepEqual(data(robot), [
        [0.5, 0],
        [0.5, 0],
      ]);
    });

    it('by sending a message that is too large is an error', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, { maxMessageBytes: 4096, reconnectTimeoutMs: 0 });
      const failing = nextError(driver);
      robot.server.raw(' '.repeat(5000));
      assert.equal((await failing).code, 'E_ROSBRIDGE_LOST');
    });
  });

  it('completes its readings on close, also on a second one, and stops the robot', async () => {
    const robot = await start();
    const { driver } = await open(robot.url);
    await driver.arm();
    driver.apply(unguardedForTest(0, [0.25, 0]));
    const ending = new Promise((resolve) => driver.readings$.subscribe({ complete: () => resolve('complete') }));
    await driver.close();
    await driver.close();
    assert.equal(await ending, 'complete');
    assert.equal(await next(driver), 'complete');
    assert.equal(robot.commands.length, 2);
  });

  it('is visible to other clients of the same server', async () => {
    const robot = await start();
    const [{ driver }, watching] = [await open(robot.url), await open(robot.url)];
    await driver.arm();
    driver.apply(unguardedForTest(0, [0.7, 0]));
    await readingWhere(watching.driver, ({ positions }) => positions[0] === 0.7);
    assert.ok(robot.server instanceof RosbridgeServer && robot.server.connections === 2);
  });
});
