import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  connect,
  COMMAND_TOPIC,
  next,
  nextError,
  readingWhere,
  startRobot,
  twoJoints,
  until,
  type Connected,
} from '../../../support/rosbridge.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';
import { RosbridgeServer } from '../../../support/rosbridge-server.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';

describe('A robot over rosbridge', () => {
  const opened: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function start(...parts: Parameters<typeof startRobot>): Promise<RosbridgeRobot> {
    const robot = await startRobot(...parts);
    opened.push(() => robot.stop());
    return robot;
  }

  async function open(...parts: Parameters<typeof connect>): Promise<Connected> {
    const connected = await connect(...parts);
    opened.push(() => connected.driver.close());
    return connected;
  }

  const data = (robot: RosbridgeRobot): unknown[] => robot.server.published.map(({ msg }) => msg['data']);

  describe('is commanded', () => {
    it('by arrays in joint order, beginning with where it is', async () => {
      const robot = await start();
      robot.positions.set([0.3, -0.2]);
      const { driver } = await open(robot.url);
      await readingWhere(driver, ({ positions }) => positions[0] === 0.3);
      await driver.arm();
      const applied = driver.apply(unguardedForTest(5, [0.1, 1 / 3]));
      assert.equal(applied.sequence, 5);
      assert.deepEqual([...applied.targets], [0.1, 1 / 3]);
      const reading = await readingWhere(driver, ({ positions }) => positions[1] === 1 / 3);
      assert.equal(reading.positions[0], 0.1);
      assert.deepEqual(data(robot), [
        [0.3, -0.2],
        [0.1, 1 / 3],
      ]);
      assert.deepEqual(robot.server.log, []);
    });

    it('by trajectories of one point, a control period ahead', async () => {
      const commandTopic = '/joint_trajectory_controller/joint_trajectory';
      const robot = await start(twoJoints(), { commandTopic, commandType: 'trajectory_msgs/JointTrajectory' });
      const { driver } = await open(`${robot.url}?type=trajectory`);
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.5, -0.5]));
      await until(() => robot.commands.length === 2);
      assert.deepEqual(robot.server.published[1]!.msg, {
        header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
        joint_names: ['left', 'right'],
        points: [
          {
            positions: [0.5, -0.5],
            velocities: [],
            accelerations: [],
            effort: [],
            time_from_start: { sec: 0, nanosec: 20_000_000 },
          },
        ],
      });
    });

    it('by trajectories with the velocity and the place it leads to, for velocity joints of ROS 1', async () => {
      const spec = twoJoints('velocity');
      const commandTopic = '/joint_trajectory_controller/command';
      const commandType = 'trajectory_msgs/JointTrajectory';
      const robot = await start(spec, { commandTopic, commandType, rosVersion: 1 });
      const { driver } = await open(`${robot.url}?type=trajectory&ros=1`, { robot: spec });
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.5, -1]));
      await until(() => robot.commands.length === 2);
      const [point] = robot.server.published[1]!.msg['points'] as Record<string, unknown>[];
      assert.deepEqual(point!['velocities'], [0.5, -1]);
      assert.deepEqual(point!['positions'], [0.01, -0.02]);
      assert.deepEqual(point!['time_from_start'], { secs: 0, nsecs: 20_000_000 });
      assert.deepEqual(robot.server.log, []);
    });

    for (const [mode, topic] of [
      ['velocity', '/forward_velocity_controller/commands'],
      ['effort', '/forward_effort_controller/commands'],
    ] as const) {
      it(`by ${mode}, and gets none when it is disarmed`, async () => {
        const spec = twoJoints(mode);
        const robot = await start(spec, { commandTopic: topic });
        const { driver } = await open(robot.url, { robot: spec });
        await driver.arm();
        driver.apply(unguardedForTest(0, [0.5, -1]));
        await driver.disarm('enough');
        await until(() => robot.commands.length === 3);
        assert.deepEqual(data(robot), [
          [0, 0],
          [0.5, -1],
          [0, 0],
        ]);
      });
    }

    it('never by NaN', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      await driver.arm();
      assert.throws(() => driver.apply(unguardedForTest(0, [0, NaN])), { code: 'E_ROSBRIDGE_MESSAGE' });
      await driver.disarm('enough');
      await until(() => robot.commands.length === 2);
      assert.deepEqual(robot.server.log, []);
    });

    it('not at all while it is disarmed; what was sent last is reported', async () => {
      const robot = await start();
      robot.positions.set([0.5, 0.25]);
      const { driver } = await open(robot.url);
      assert.deepEqual([...driver.apply(unguardedForTest(3, [1, 1])).targets], [0.5, 0.25]);
      assert.equal(driver.counters.droppedWhileDisarmed, 1);
      await driver.arm();
      await driver.disarm('a person said so');
      driver.apply(unguardedForTest(4, [1, 1]));
      await until(() => robot.commands.length === 2);
      await readingWhere(driver, () => true);
      assert.deepEqual(data(robot), [
        [0.5, 0.25],
        [0.5, 0.25],
      ]);
    });

    it('and where a joint does not follow that is counted and said once', async () => {
      const robot = await start();
      const { driver, logger } = await open(robot.url);
      await driver.arm();
      robot.server.onPublished = () => undefined;
      driver.apply(unguardedForTest(0, [1, 0]));
      await until(() => driver.counters.trackingFailures > 2);
      assert.equal(logger.entries.filter(({ message }) => /left does not follow/.test(message)).length, 1);
    }).timeout(5000);

    it('no faster than a server that stopped reading confirms: what is late is dropped, not queued', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, { unconfirmedMs: 30, receiveTimeoutMs: 5000 });
      await driver.arm();
      await until(() => robot.commands.length === 1);
      robot.server.freeze();
      driver.apply(unguardedForTest(0, [0.01, 0]));
      await until(() => {
        driver.apply(unguardedForTest(1, [0.02, 0]));
        return driver.counters.sendFailures > 20;
      });
      const sent = driver.counters.commands;
      const last = driver.apply(unguardedForTest(2, [0.5, 0]));
      assert.equal(last.targets[0], 0.02);
      robot.server.thaw();
      await until(() => robot.commands.length === sent);
      await until(() => driver.apply(unguardedForTest(3, [0.03, 0])).targets[0] === 0.03);
      await until(() => robot.commands.length === sent + 1);
      assert.ok(!robot.commands.some(([left]) => left === 0.5));
    });
  });

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

    it('only when somebody listens to its commands, as far as rosapi knows', async () => {
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

    it('not when it was disarmed meanwhile', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      const arming = driver.arm();
      await driver.disarm('a person said so');
      await assert.rejects(arming, { code: 'E_SAFETY_STATE' });
      driver.apply(unguardedForTest(0, [1, 1]));
      await readingWhere(driver, () => true);
      assert.equal(robot.commands.length, 0);
    });

    it('without rosapi, with a warning', async () => {
      const robot = await start(twoJoints(), { rosapi: false });
      const { driver, logger } = await open(robot.url);
      await driver.arm();
      await until(() => robot.commands.length === 1);
      assert.ok(logger.entries.some(({ level, message }) => level === 'warning' && /rosapi/.test(message)));
    });
  });

  describe('that goes away', () => {
    it('is an error; it comes back disarmed, subscribed and announced again', async () => {
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

    it('keeps counting readings upwards across the gap', async () => {
      const robot = await start();
      const { driver } = await open(robot.url);
      const before = await readingWhere(driver, () => true);
      const failing = nextError(driver);
      robot.server.cut();
      await failing;
      const after = await readingWhere(driver, () => true);
      assert.ok(after.sequence > before.sequence);
    });

    it('for longer than it is looked for is lost for everyone, now and later', async () => {
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
      await driver.disarm('lost');
    });

    it('by falling silent is an error, and it is told to stop', async () => {
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
      await until(() => robot.commands.length === 3);
      assert.deepEqual(data(robot).at(-1), [0.5, 0]);
    });

    it('by sending a message that is too large is an error', async () => {
      const robot = await start();
      const { driver } = await open(robot.url, { maxMessageBytes: 4096, reconnectTimeoutMs: 0 });
      const failing = nextError(driver);
      robot.server.raw(' '.repeat(5000));
      assert.equal((await failing).code, 'E_ROSBRIDGE_LOST');
    });
  });

  it('completes its readings when it is closed, also twice, and tells the robot to stop', async () => {
    const robot = await start();
    const { driver } = await open(robot.url);
    await driver.arm();
    const ending = new Promise((resolve) => driver.readings$.subscribe({ complete: () => resolve('complete') }));
    await driver.close();
    await driver.close();
    assert.equal(await ending, 'complete');
    assert.equal(await next(driver), 'complete');
    assert.equal(robot.commands.length, 2);
  });

  it('is heard by everyone else on the same server', async () => {
    const robot = await start();
    const [{ driver }, watching] = [await open(robot.url), await open(robot.url)];
    await driver.arm();
    driver.apply(unguardedForTest(0, [0.7, 0]));
    await readingWhere(watching.driver, ({ positions }) => positions[0] === 0.7);
    assert.ok(robot.server instanceof RosbridgeServer && robot.server.connections === 2);
  });
});
