import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { SoftqdError } from '../../../../src/base/errors.ts';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { connect, startRobot, twoJoints, until, type Connected } from '../../../support/rosbridge.ts';
import type { RosbridgeRobot } from '../../../support/rosbridge-robot.ts';
import { robotOf } from '../../../support/robots.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';

describe('connecting to a rosbridge server', () => {
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

  it('rejects an address without a server', async () => {
    const robot = await start();
    await robot.server.stop();
    await assert.rejects(connect(robot.url), (error: SoftqdError) => {
      assert.equal(error.code, 'E_CONNECT');
      assert.match(error.hint, /rosbridge_websocket_launch/);
      return true;
    });
  });

  it('rejects a web server', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('<h1>not here</h1>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    await assert.rejects(connect(`rosbridge://127.0.0.1:${port}`), (error: SoftqdError) => {
      assert.equal(error.code, 'E_PROTOCOL_MISMATCH');
      assert.match(error.message, /HTTP 404 \(not here\)/);
      return true;
    });
  });

  it('rejects a WebSocket server that requires a subprotocol', async () => {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      verifyClient: (_info, answer) => answer(false, 400),
    });
    await new Promise((resolve) => server.once('listening', resolve));
    opened.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    await assert.rejects(connect(`rosbridge://127.0.0.1:${port}`), { code: 'E_PROTOCOL_MISMATCH' });
  });

  it('rejects a server that is not rosbridge and sends nothing', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    opened.push(() => {
      for (const client of server.clients) client.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    const { port } = server.address() as AddressInfo;
    const timeouts = { connectTimeoutMs: 100, rosapiTimeoutMs: 100 };
    await assert.rejects(connect(`rosbridge://127.0.0.1:${port}`, timeouts), (error: SoftqdError) => {
      assert.equal(error.code, 'E_TIMEOUT');
      assert.match(error.hint, /Check that it is a rosbridge server/);
      return true;
    });
  });

  it('rejects an unknown topic and lists the available ones', async () => {
    const robot = await start(twoJoints(), { stateTopic: '/arm/joint_states' });
    await assert.rejects(connect(robot.url, { connectTimeoutMs: 100 }), (error: SoftqdError) => {
      assert.equal(error.code, 'E_TIMEOUT');
      assert.match(error.hint, /\/arm\/joint_states/);
      return true;
    });
  });

  it('rejects a topic without a publisher, and another ROS version', async () => {
    const robot = await start(twoJoints(), { periodMs: 0 });
    await assert.rejects(connect(robot.url, { connectTimeoutMs: 50 }), (error: SoftqdError) => {
      assert.match(error.hint, /no publisher/);
      return true;
    });
    const first = await start(twoJoints(), { rosVersion: 1 });
    await assert.rejects(connect(`${first.url}?ros=2`, { connectTimeoutMs: 50 }), (error: SoftqdError) => {
      assert.match(error.hint, /check \?ros=1 or \?ros=2/);
      return true;
    });
  });

  for (const rosVersion of [1, 2] as const) {
    for (const [by, options] of [
      ['rosapi', {}],
      ['the stamps of the joint states', { rosapi: false }],
    ] as const) {
      it(`detects ROS ${rosVersion} by ${by}`, async () => {
        const robot = await start(twoJoints(), { ...options, rosVersion, commandTopic: '/c' });
        const { driver } = await open(`${robot.url}?command=/c`);
        await driver.arm();
        driver.apply(unguardedForTest(0, [0.25, 0]));
        await until(() => robot.commands.length === 1);
        const name = rosVersion === 1 ? 'sensor_msgs/JointState' : 'sensor_msgs/msg/JointState';
        assert.equal(robot.server.subscribes.at(-1)!['type'], name);
        assert.deepEqual(robot.server.log, []);
      });
    }
  }

  it('states that the ROS version cannot be detected, and how to give it', async () => {
    const robot = await start(twoJoints(), { rosapi: false, periodMs: 0 });
    await assert.rejects(connect(robot.url, { connectTimeoutMs: 50 }), (error: SoftqdError) => {
      assert.equal(error.code, 'E_TIMEOUT');
      assert.match(error.message, /the ROS version is unknown: rosapi does not respond, and no joint state/);
      assert.match(error.hint, /\?ros=1 or \?ros=2/);
      return true;
    });
  });

  it('rejects a topic of another type', async () => {
    const robot = await start(twoJoints(), { commandType: 'trajectory_msgs/JointTrajectory' });
    await assert.rejects(connect(robot.url), (error: SoftqdError) => {
      assert.equal(error.code, 'E_PROTOCOL_MISMATCH');
      assert.match(
        error.message,
        /has type trajectory_msgs\/msg\/JointTrajectory, expected std_msgs\/msg\/Float64MultiArray/,
      );
      return true;
    });
  });

  it('rejects the joints of another robot before the timeout', async () => {
    const robot = await start();
    const spec = robotOf({
      joints: [
        { name: 'left', commandMode: 'position' },
        { name: 'third', commandMode: 'position' },
      ],
    });
    await assert.rejects(connect(robot.url, { robot: spec }), { code: 'E_READING_SHAPE' });
  });

  it('rejects a robot file with sensors, and a trajectory of efforts', async () => {
    const sensors = [{ name: 'imu', size: 3, unit: 'rad' }];
    const spec = robotOf({ joints: [{ commandMode: 'position' }], sensors });
    await assert.rejects(connect('rosbridge://127.0.0.1:1', { robot: spec }), { code: 'E_ROBOT_FILE' });
    const effort = twoJoints('effort');
    await assert.rejects(connect('rosbridge://127.0.0.1:1?type=trajectory', { robot: effort }), { code: 'E_USAGE' });
  });

  it('rejects when connecting is canceled', async () => {
    const robot = await start(twoJoints(), { periodMs: 0 });
    const abort = new AbortController();
    const connecting = connect(robot.url, { signal: abort.signal });
    await until(() => robot.server.subscribes.length > 0);
    abort.abort();
    await assert.rejects(connecting, { code: 'E_CONNECT' });
  });

  it('converts any message to a reading or counts it as damaged; floods are faults', async () => {
    const robot = await start();
    const { driver } = await open(robot.url);
    const random = new XoshiroRandom(7);
    const words = ['publish', '/joint_states', 'name', 'position', 'left', null, NaN, -1, 1e400, {}, [], '', true];
    const any = (depth: number): unknown => {
      const pick = words[Math.floor(random.uniform() * words.length)];
      if (depth > 3 || random.uniform() < 0.5) return pick;
      const parts = Array.from({ length: 3 }, () => any(depth + 1));
      return random.uniform() < 0.4 ? parts : { header: parts[0], name: parts[1], position: parts[2] };
    };
    const codes = new Set<string>();
    driver.readings$.subscribe((event) => event.kind === 'fault' && codes.add(event.error.code));
    for (let i = 0; i < 500; i++) {
      robot.server.raw(JSON.stringify({ op: 'publish', topic: '/joint_states', msg: any(0) }));
      robot.server.raw(JSON.stringify(any(0)));
    }
    await until(() => driver.counters.badMessages === 1000);
    const { readings } = driver.counters;
    await until(() => driver.counters.readings > readings + 2);
    assert.ok(
      [...codes].every((code) => code === 'E_ROSBRIDGE_MESSAGE' || code.startsWith('E_READING_')),
      [...codes].join(),
    );
  });
});
