import assert from 'node:assert/strict';
import { RosbridgeFixture, readingWhere, twoJoints, until } from '../../../support/rosbridge.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { isStopConfirmed } from '../../../../src/robot/stop-plan.ts';
import { stopPlan } from '../../../../src/safety/index.ts';

describe('commands over rosbridge', () => {
  const fixture = new RosbridgeFixture();
  const { start, open } = fixture;

  afterEach(() => fixture.close());

  const limits = { minPositionRadOrM: -1.92, maxPositionRadOrM: 1.92, maxVelocityRadOrMPerS: 2 };
  const limited = { ...twoJoints(), joints: twoJoints().joints.map((joint) => ({ ...joint, limits })) };
  const data = (robot: RosbridgeRobot): unknown[] => robot.server.published.map(({ msg }) => msg['data']);

  describe('is commanded', () => {
    it('by arrays in joint order; arming sends nothing', async () => {
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
      assert.deepEqual(data(robot), [[0.1, 1 / 3]]);
      assert.deepEqual(robot.server.log, []);
    });

    it('by trajectories of one point, one control period ahead', async () => {
      const commandTopic = '/joint_trajectory_controller/joint_trajectory';
      const robot = await start(twoJoints(), { commandTopic, commandType: 'trajectory_msgs/JointTrajectory' });
      const { driver } = await open(`${robot.url}?type=trajectory`);
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.5, -0.5]));
      await until(() => robot.commands.length === 1);
      assert.deepEqual(robot.server.published[0]!.msg, {
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
      await until(() => robot.commands.length === 1);
      const [point] = robot.server.published[0]!.msg['points'] as Record<string, unknown>[];
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
        await until(() => robot.commands.length === 2);
        assert.deepEqual(data(robot), [
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
      const report = await driver.disarm(stopPlan(driver.spec), 'enough');
      assert.ok(isStopConfirmed(report), 'nothing was commanded, so nothing had to be stopped');
      await readingWhere(driver, () => true);
      assert.deepEqual([robot.commands.length, robot.server.log], [0, []]);
    });

    it('not at all while it is disarmed; the last sent command is returned', async () => {
      const robot = await start();
      robot.positions.set([0.5, 0.25]);
      const { driver } = await open(robot.url);
      assert.deepEqual([...driver.apply(unguardedForTest(3, [1, 1])).targets], [0.5, 0.25]);
      assert.equal(driver.counters.droppedWhileDisarmed, 1);
      await driver.arm();
      driver.apply(unguardedForTest(4, [0.75, 0.5]));
      await driver.disarm(stopPlan(driver.spec), 'a person said so');
      assert.deepEqual([...driver.apply(unguardedForTest(5, [1, 1])).targets], [0.75, 0.5]);
      await until(() => robot.commands.length === 2);
      await readingWhere(driver, () => true);
      assert.deepEqual(data(robot), [
        [0.75, 0.5],
        [0.75, 0.5],
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
      driver.apply(unguardedForTest(0, [0, 0]));
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

    for (const position of [5, 1e308]) {
      for (const end of ['disarm', 'close', 'loss'] as const) {
        it(`at the end (${end}) by the last guarded target, whatever joint states come before: ${position}`, async () => {
          const robot = await start(limited);
          const { driver } = await open(robot.url, { robot: limited, receiveTimeoutMs: 100, reconnectTimeoutMs: 0 });
          await driver.arm();
          driver.apply(unguardedForTest(0, [0.79, 0]));
          await readingWhere(driver, ({ positions }) => positions[0] === 0.79);
          robot.positions.fill(position);
          const { badMessages } = driver.counters;
          await until(() => driver.counters.badMessages > badMessages + 3);
          if (end === 'disarm') await driver.disarm(stopPlan(driver.spec), 'enough');
          else if (end === 'close') await driver.close();
          await until(() => robot.commands.length === 2);
          assert.deepEqual(data(robot), [
            [0.79, 0],
            [0.79, 0],
          ]);
        });
      }
    }

    it('at the end of a trajectory by the position of the last point and velocity 0', async () => {
      const spec = {
        ...limited,
        joints: limited.joints.map((joint) => ({ ...joint, commandMode: 'velocity' as const })),
      };
      const commandTopic = '/joint_trajectory_controller/joint_trajectory';
      const robot = await start(spec, { commandTopic, commandType: 'trajectory_msgs/JointTrajectory' });
      const { driver } = await open(`${robot.url}?type=trajectory`, { robot: spec });
      robot.positions.set([1.92, 0]);
      await readingWhere(driver, ({ positions }) => positions[0] === 1.92);
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.5, 0]));
      await driver.disarm(stopPlan(driver.spec), 'enough');
      await until(() => robot.commands.length === 2);
      const points = robot.server.published.map(({ msg }) => (msg['points'] as Record<string, unknown>[])[0]!);
      assert.deepEqual(
        points.map(({ positions, velocities }) => [positions, velocities]),
        [
          [
            [1.92, 0],
            [0.5, 0],
          ],
          [
            [1.92, 0],
            [0, 0],
          ],
        ],
      );
    });

    it('and no joint confirms the stop, nor is its effort limited: the driver says both', async () => {
      const limited = twoJoints('position');
      const spec = {
        ...limited,
        joints: limited.joints.map((joint) => ({ ...joint, limits: { ...joint.limits, maxEffortNmOrN: 1 } })),
      };
      const robot = await start(spec);
      const { driver, logger } = await open(robot.url, { robot: spec });
      await driver.arm();
      driver.apply(unguardedForTest(0, [0.1, 0]));
      const { joints, isUnconfirmable } = await driver.disarm(stopPlan(driver.spec), 'enough');
      assert.equal(isUnconfirmable, true);
      assert.deepEqual(
        joints.map(({ joint, confirmed }) => [joint, confirmed]),
        [
          ['left', false],
          ['right', false],
        ],
      );
      assert.match(joints[0]!.detail!, /the last guarded target is held; .*ROS must provide the stop/);
      assert.equal(
        logger.entries.filter(({ message }) =>
          /effort not limited: left, right may use what the controllers in ROS allow/.test(message),
        ).length,
        1,
      );
    });
  });
});
