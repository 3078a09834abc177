import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { throwOnFault } from '../../../../src/driver/port.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { stopPlan } from '../../../../src/safety/index.ts';
import { connect, next, readingWhere, startRobot, twoJoints } from '../../../support/rosbridge.ts';
import { jointState } from '../../../support/joint-state-message.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';

describe('Joint states over rosbridge', () => {
  let robot: RosbridgeRobot;
  let close: () => Promise<void> = () => Promise.resolve();

  afterEach(async () => {
    await close();
    await robot.stop();
  });

  /** A robot that publishes only messages of the test, and a driver that has received the first joint state. */
  async function open(
    parts: { query?: string; rosVersion?: 1 | 2; first?: Parameters<RosbridgeRobot['say']>[0]; spec?: RobotSpec } = {},
  ) {
    const { query = '', rosVersion = 2, first = {}, spec = twoJoints() } = parts;
    robot = await startRobot(spec, { periodMs: 0, rosVersion });
    const connecting = connect(`${robot.url}${query}`, { robot: spec });
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (robot.server.subscribes.length === 0) return;
        clearInterval(timer);
        robot.say(first);
        resolve();
      }, 2);
    });
    const connection = await connecting;
    close = () => connection.driver.close();
    return connection;
  }

  async function heard(driver: Parameters<typeof next>[0], say: () => void): Promise<Reading> {
    const answer = next(driver);
    say();
    const reading = await answer;
    if (reading === 'complete' || reading instanceof SoftqdError)
      throw reading === 'complete' ? new assert.AssertionError({}) : reading;
    return reading;
  }

  for (const [name, query, rosVersion] of [
    ['ROS 2 in JSON', '', 2],
    ['ROS 2 in CBOR', '?encoding=cbor', 2],
    ['ROS 1 in JSON', '?ros=1&command=/c', 1],
    ['ROS 1 in CBOR', '?ros=1&encoding=cbor&command=/c', 1],
  ] as const) {
    it(`of ${name} become bit-identical readings, joints by name in any order among others`, async () => {
      const { driver } = await open({ query, rosVersion });
      const reading = await heard(driver, () =>
        robot.say({
          name: ['wheel', 'right', 'left'],
          position: [7, 0.1, -1 / 3],
          velocity: [8, 1e-12, Math.PI],
          effort: [9, -0.5, 2],
        }),
      );
      assert.deepEqual([...reading.positions], [-1 / 3, 0.1]);
      assert.deepEqual([...reading.velocities], [Math.PI, 1e-12]);
      assert.deepEqual([...reading.efforts], [2, -0.5]);
      assert.ok(Math.abs(reading.deviceTimeS - 1000.01) < 1e-8);
      assert.equal(reading.sensors.size, 0);
      assert.equal(robot.server.subscribes[0]!['compression'], query.includes('cbor') ? 'cbor' : 'none');
      assert.deepEqual(robot.server.log, []);
    });
  }

  it('are received in JSON where the server cannot encode them in CBOR', async () => {
    robot = await startRobot(twoJoints(), { rosVersion: 1, cborStrings: false });
    const url = `${robot.url}?ros=1&encoding=cbor&command=/c`;
    const { driver, logger } = await connect(url, { connectTimeoutMs: 400 });
    close = () => driver.close();
    await readingWhere(driver, () => true);
    assert.ok(logger.entries.some(({ message }) => /does not send CBOR joint states/.test(message)));
  });

  it('without velocities derive them from positions and stamps, 0 at first', async () => {
    const without = { velocity: [], effort: [] };
    const { driver } = await open({ first: { position: [1, 2], ...without } });
    const second = await heard(driver, () => robot.say({ position: [1.5, 2], ...without }));
    assert.ok(Math.abs(second.velocities[0]! - 0.5 / 0.005) < 1e-6);
    assert.equal(second.velocities[1], 0);
    assert.deepEqual([...second.efforts], [0, 0]);
    assert.ok(driver.counters.velocitiesDerived >= 1);
  });

  it('with NaN where ros2_control has no velocity and no effort count as without', async () => {
    const nan = { velocity: [0.25, NaN], effort: [NaN, NaN] };
    const { driver } = await open({ first: { position: [1, 2], ...nan } });
    const second = await heard(driver, () => robot.say({ position: [1, 2.5], ...nan }));
    assert.equal(second.velocities[0], 0.25);
    assert.ok(Math.abs(second.velocities[1]! - 100) < 1e-6);
    assert.deepEqual([...second.efforts], [0, 0]);
  });

  it('without stamps use the time between arrivals, and restart when a stamp goes back', async () => {
    const { driver } = await open({ first: { position: [0, 0], velocity: [], effort: [] } });
    const back = await heard(driver, () =>
      robot.server.publish('/joint_states', jointState(2, 3, { name: ['left', 'right'], position: [1, 1] })),
    );
    assert.deepEqual([...back.velocities], [0, 0]);
    const unstamped = (position: number): void =>
      robot.server.publish(
        '/joint_states',
        jointState(2, 0, { name: ['left', 'right'], position: [position, position] }),
      );
    await heard(driver, () => unstamped(1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const moved = await heard(driver, () => unstamped(2));
    assert.ok(moved.velocities[0]! > 0 && moved.velocities[0]! <= 1 / 0.009, String(moved.velocities[0]));
  });

  for (const [name, parts, code] of [
    ['a position that is NaN', { position: [NaN, 0] }, 'E_READING_NON_FINITE'],
    ['a velocity that is NaN and was not before', { velocity: [NaN, 0] }, 'E_READING_NON_FINITE'],
    ['an effort that is infinite', { effort: [0, Infinity] }, 'E_READING_NON_FINITE'],
    ['velocities that are missing and came before', { velocity: [] }, 'E_READING_SHAPE'],
    ['no positions', { position: [] }, 'E_READING_SHAPE'],
    ['three positions for two names', { position: [1, 2, 3] }, 'E_ROSBRIDGE_MESSAGE'],
    ['a joint that is missing', { name: ['left', 'other'] }, 'E_READING_SHAPE'],
    ['a position far outside any range', { position: [1e308, 0] }, 'E_READING_IMPLAUSIBLE'],
    ['a velocity that no robot has', { velocity: [0, 1e300] }, 'E_READING_IMPLAUSIBLE'],
    ['an effort that no robot has', { effort: [-1e300, 0] }, 'E_READING_IMPLAUSIBLE'],
    [
      'a joint that is there twice',
      { name: ['left', 'right', 'left'], position: [1, 2, 3], velocity: [0, 0, 0], effort: [0, 0, 0] },
      'E_ROSBRIDGE_MESSAGE',
    ],
  ] as const) {
    for (const query of ['', '?encoding=cbor']) {
      it(`with ${name} are counted and passed over (${query === '' ? 'JSON' : 'CBOR'})`, async () => {
        const { driver, logger } = await open({ query });
        const reading = await heard(driver, () => {
          robot.say(parts);
          robot.say();
        });
        assert.ok(reading.positions.every((position) => position === 0));
        assert.equal(driver.counters.badMessages, 1);
        assert.deepEqual(
          logger.entries.filter(({ level }) => level === 'warning').map(({ values }) => values['code']),
          [code],
        );
      });
    }
  }

  it('list the missing and the available joints', async () => {
    const { driver, logger } = await open();
    await heard(driver, () => {
      robot.say({ name: ['left', 'rigth'] });
      robot.say();
    });
    assert.match(logger.entries.at(-1)!.message, /no joint right .* left, rigth/);
  });

  it('that jump are passed over while the robot is driven, and accepted when it was moved otherwise', async () => {
    const limits = { minPositionRadOrM: -3, maxPositionRadOrM: 3, maxVelocityRadOrMPerS: 1 };
    const joints = twoJoints().joints.map((joint) => ({ ...joint, limits }));
    const { driver } = await open({ spec: { ...twoJoints(), joints } });
    await heard(driver, () => robot.say());
    await driver.arm();
    const driven = await heard(driver, () => {
      robot.say({ position: [2.5, 0] });
      robot.say({ position: [0.1, 0] });
    });
    assert.equal(driven.positions[0], 0.1);
    assert.equal(driver.counters.badMessages, 1);
    await driver.disarm(stopPlan(driver.spec), 'moved by hand');
    const moved = await heard(driver, () => {
      for (let i = 0; i < 3; i++) robot.say({ position: [2.5, 0] });
    });
    assert.equal(moved.positions[0], 2.5);
    assert.equal(driver.counters.badMessages, 3);
  });

  it('of another robot on the same topic are ignored', async () => {
    const { driver } = await open();
    const answer = next(driver);
    robot.say({ name: ['wheel', 'mast'] });
    robot.say();
    assert.ok(!((await answer) instanceof SoftqdError));
    assert.equal(driver.counters.otherRobotMessages, 1);
  });

  it('that are not rosbridge messages are counted and passed over, with one line in the log', async () => {
    const { driver, logger } = await open();
    const broken = [
      '{"op":"publish","topic":"/joint_states","msg":{"name":7}}',
      ...['hello', '[]', '{}', '{"op":"publish","topic":"/joint_states"', '{"op":7}', '{"op":"publish"}'],
      '{"op":"fragment","id":"1","data":"eyJvcCI6","num":0,"total":2}',
      '{"op":"fragment","id":"1","num":9,"total":2}',
      '{"op":"png","data":"iVBORw0KGgoAAA"}',
      '{"op":"dance"}',
    ];
    await heard(driver, () => {
      for (const text of broken) robot.server.raw(text);
      for (const bytes of [[], [0xa1], [0xff], [0xa1, 0x62, 0x6f, 0x70, 0x67, 0x70]])
        robot.server.raw(Buffer.from(bytes));
      robot.say();
    });
    assert.equal(driver.counters.badMessages, broken.length + 4);
    const lines = logger.entries.filter(({ message }) => /damaged message was passed over/.test(message));
    assert.equal(lines.length, 1);
  });

  it('that are damaged in a flood are one fault a second, and readings continue', async () => {
    const { driver } = await open();
    const faults: SoftqdError[] = [];
    driver.readings$.subscribe((event) => {
      if (event.kind === 'fault') faults.push(event.error);
    });
    await new Promise<void>((resolve) => {
      driver.readings$.subscribe(({ kind }) => kind === 'reading' && resolve());
      for (let i = 0; i < 60; i++) robot.server.raw('hello');
      robot.say();
    });
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['E_ROSBRIDGE_MESSAGE'],
    );
    assert.match(faults[0]!.message, /more than 50 damaged messages within a second, the newest: .*not JSON/);
  });

  it('that pause beyond the age limit are counted, and reported once while the robot is armed', async () => {
    const { driver, logger } = await open({ spec: { ...twoJoints(), readingMaxAgeS: 0.05 } });
    const pause = async (): Promise<void> => {
      await heard(driver, () => robot.say());
      await new Promise((resolve) => setTimeout(resolve, 100));
      await heard(driver, () => robot.say());
    };
    await pause();
    const counted = driver.counters.pauses;
    await driver.arm();
    await pause();
    assert.ok(counted >= 1 && driver.counters.pauses > counted);
    const lines = logger.entries.filter(({ message }) => /no reading for 0\.\d+ s \(age limit 0.05 s\)/.test(message));
    assert.ok(lines.length >= 1 && lines.length <= driver.counters.pauses - counted, String(lines.length));
  });

  it('are received at most once per throttle period, the newest one', async () => {
    const { driver } = await open({ query: '?throttle=60' });
    const seen: number[] = [];
    driver.readings$.pipe(throwOnFault()).subscribe(({ positions }) => seen.push(positions[0]!));
    for (let i = 1; i <= 20; i++) robot.say({ position: [i, 0] });
    await readingWhere(driver, ({ positions }) => positions[0] === 20);
    assert.deepEqual(seen.slice(-1), [20]);
    assert.ok(seen.length <= 2, seen.join());
  });
});
