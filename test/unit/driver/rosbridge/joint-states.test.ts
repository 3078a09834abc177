import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { throwOnFault } from '../../../../src/driver/port.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import { connect, next, nextError, readingWhere, startRobot, twoJoints } from '../../../support/rosbridge.ts';
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
    parts: { query?: string; rosVersion?: 1 | 2; first?: Parameters<RosbridgeRobot['say']>[0] } = {},
  ) {
    const { query = '', rosVersion = 2, first = {} } = parts;
    robot = await startRobot(twoJoints(), { periodMs: 0, rosVersion });
    const connecting = connect(`${robot.url}${query}`);
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
    [
      'a joint that is there twice',
      { name: ['left', 'right', 'left'], position: [1, 2, 3], velocity: [0, 0, 0], effort: [0, 0, 0] },
      'E_ROSBRIDGE_MESSAGE',
    ],
  ] as const) {
    for (const query of ['', '?encoding=cbor']) {
      it(`with ${name} are an error, and a new subscription continues (${query === '' ? 'JSON' : 'CBOR'})`, async () => {
        const { driver } = await open({ query });
        const failing = nextError(driver);
        robot.say(parts);
        const error = await failing;
        assert.equal(error.code, code);
        const reading = await heard(driver, () => robot.say());
        assert.ok(reading.positions.every(Number.isFinite));
      });
    }
  }

  it('list the missing and the available joints', async () => {
    const { driver } = await open();
    const failing = nextError(driver);
    robot.say({ name: ['left', 'rigth'] });
    assert.match((await failing).message, /no joint right .* left, rigth/);
  });

  it('of another robot on the same topic are ignored', async () => {
    const { driver } = await open();
    const answer = next(driver);
    robot.say({ name: ['wheel', 'mast'] });
    robot.say();
    assert.ok(!((await answer) instanceof SoftqdError));
    assert.equal(driver.counters.otherRobotMessages, 1);
  });

  it('that are not rosbridge messages are an error, and a new subscription continues', async () => {
    const { driver } = await open();
    for (const text of ['{"op":"publish","topic":"/joint_states","msg":{"name":7}}', 'hello', '[]', '{}']) {
      const failing = nextError(driver);
      robot.server.raw(text);
      assert.equal((await failing).code, 'E_ROSBRIDGE_MESSAGE', text);
    }
    await heard(driver, () => robot.say());
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
