import assert from 'node:assert/strict';
import { RosbridgeFixture, readingWhere, twoJoints, until } from '../../../support/rosbridge.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

describe('commands over rosbridge', () => {
  const fixture = new RosbridgeFixture();
  const { start, open } = fixture;

  afterEach(() => fixture.close());

  const data = (robot: RosbridgeRobot): unknown[] => robot.server.published.map(({ msg }) => msg['data']);

  describe('is commanded', () => {
    it('by arrays in joint order, starting at the present position', async () => {
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

    it('by trajectories of one point, one control period ahead', async () => {
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

    it('by trajectories with the velocity and the resulting position, for velocity joints of ROS 1', async () => {
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
        await driver.disarm(stopPlan(driver.spec), 'enough');
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
      await driver.disarm(stopPlan(driver.spec), 'enough');
      await until(() => robot.commands.length === 2);
      assert.deepEqual(robot.server.log, []);
    });

    it('not at all while it is disarmed; the last sent command is returned', async () => {
      const robot = await start();
      robot.positions.set([0.5, 0.25]);
      const { driver } = await open(robot.url);
      assert.deepEqual([...driver.apply(unguardedForTest(3, [1, 1])).targets], [0.5, 0.25]);
      assert.equal(driver.counters.droppedWhileDisarmed, 1);
      await driver.arm();
      await driver.disarm(stopPlan(driver.spec), 'a person said so');
      driver.apply(unguardedForTest(4, [1, 1]));
      await until(() => robot.commands.length === 2);
      await readingWhere(driver, () => true);
      assert.deepEqual(data(robot), [
        [0.5, 0.25],
        [0.5, 0.25],
      ]);
    });

    it('and a joint that does not follow is counted and reported once', async () => {
      const robot = await start();
      const { driver, logger } = await open(robot.url);
      await driver.arm();
      robot.server.onPublished = () => undefined;
      driver.apply(unguardedForTest(0, [1, 0]));
      await until(() => driver.counters.trackingFailures > 2);
      assert.equal(logger.entries.filter(({ message }) => /left does not follow/.test(message)).length, 1);
    }).timeout(5000);

    it('no faster than the server confirms: late commands are dropped, not queued', async () => {
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
});
