import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { SimulatedClock } from '../../../src/base/clock.ts';
import { RecordingLogger } from '../../../src/base/logger.ts';
import { startSimulatorServer } from '../../../src/simulator/index.ts';
import type { SimulationReply } from '../../../src/wire/simulation-messages.ts';
import { greeted, hello, rawClient, type RawClient } from '../../support/raw-client.ts';
import { runSimulator, type RunningSimulator, type RunOptions } from '../../support/simulator.ts';

function command(
  id: number,
  ...targets: number[]
): { type: 'command'; id: number; sequence: number; targets: Float64Array } {
  return { type: 'command', id, sequence: id, targets: Float64Array.from(targets) };
}

function reset(
  id: number,
  theta: number,
): { type: 'reset'; id: number; from: { state: { qpos: Float64Array; qvel: Float64Array } } } {
  return { type: 'reset', id, from: { state: { qpos: Float64Array.of(theta), qvel: Float64Array.of(0) } } };
}

function reading(reply: SimulationReply): Extract<SimulationReply, { type: 'reading' }>['reading'] {
  assert.equal(reply.type, 'reading', JSON.stringify(reply));
  return reply.reading;
}

function error(reply: SimulationReply): Extract<SimulationReply, { type: 'error' }> {
  assert.equal(reply.type, 'error', JSON.stringify(reply));
  return reply;
}

/** Every client of the test has had its messages handled: a watcher's own question is answered in order. */
async function settled(client: RawClient): Promise<void> {
  client.socket.ping();
  await once(client.socket, 'pong');
}

describe('the simulator server', () => {
  let simulator: RunningSimulator;
  const start = async (options: RunOptions = {}): Promise<string> => {
    simulator = await runSimulator('pendulum', options);
    return simulator.server.url;
  };
  afterEach(() => simulator.stop());

  describe('at the door', () => {
    it('admits anyone on loopback when it has no token', async () => {
      const client = await rawClient(await start());
      assert.equal(client.socket.protocol, 'softqd.simulation.v1');
    });

    it('asks for its token, in the header or as a second subprotocol, and answers 401 without', async () => {
      const url = await start({ token: 'correct-horse' });
      await rawClient(url, undefined, { headers: { authorization: 'Bearer correct-horse' } });
      const bySubprotocol = await rawClient(url, ['softqd.simulation.v1', 'bearer.correct-horse']);
      assert.equal(bySubprotocol.socket.protocol, 'softqd.simulation.v1');
      for (const authorization of ['Bearer wrong', 'Bearer correct-hors', 'Basic correct-horse', '']) {
        await assert.rejects(rawClient(url, undefined, { headers: { authorization } }), { status: 401 });
      }
      await assert.rejects(rawClient(`${url}/?token=correct-horse`), { status: 401 });
      await assert.rejects(simulator.connect({ token: 'wrong' }), {
        code: 'E_UNAUTHORISED',
        message: /a token is needed/,
      });
      assert.equal((await simulator.connect({ token: 'correct-horse' })).spec.robot, 'pendulum');
      assert.equal(simulator.telemetry.counters.get('simulator.connections_refused'), 6);
    });

    it('does not listen beyond loopback without a token', async () => {
      await start();
      const options = {
        robot: simulator.robot,
        world: simulator.world,
        mode: 'lock-step',
        port: 0,
        clock: new SimulatedClock(),
        logger: new RecordingLogger(),
      } as const;
      await assert.rejects(startSimulatorServer({ ...options, host: '0.0.0.0' }), { code: 'E_TOKEN_REQUIRED' });
      const open = await startSimulatorServer({ ...options, host: '0.0.0.0', token: 'a-long-token' });
      assert.equal(open.url, `ws://127.0.0.1:${open.port}`);
      await open.close();
    });

    it('names the port when it is in use', async () => {
      const url = await start();
      const port = Number(new URL(url).port);
      await assert.rejects(runSimulator('pendulum', { port }), {
        code: 'E_PORT_IN_USE',
        message: new RegExp(String(port)),
      });
    });

    it('refuses another subprotocol on both sides', async () => {
      const url = await start();
      await assert.rejects(rawClient(url, ['softqd.simulation.v2']), { status: 400 });
      await assert.rejects(rawClient(url, []), { status: 400 });
    });

    it('keeps pages of other hosts out, also under a foreign name for loopback', async () => {
      const url = await start();
      const { host, port } = new URL(url);
      await rawClient(url, undefined, { origin: `http://${host}` });
      await assert.rejects(rawClient(url, undefined, { origin: 'http://evil.example' }), { status: 403 });
      await assert.rejects(rawClient(url, undefined, { origin: 'null' }), { status: 403 });
      const rebound = { origin: `http://evil.example:${port}`, headers: { host: `evil.example:${port}` } };
      await assert.rejects(rawClient(url, undefined, rebound), { status: 403 });
    });

    it('tells a plain HTTP client what it is', async () => {
      const url = await start();
      const response = await fetch(url.replace('ws:', 'http:'));
      assert.equal(response.status, 426);
      assert.match(await response.text(), /pendulum.*softqd\.simulation\.v1/);
    });

    it('sends away who says nothing, and bounds how many may stand there', async () => {
      const clock = new SimulatedClock();
      const url = await start({ clock, maxStrangers: 2, helloTimeoutMs: 1000 });
      const silent = [await rawClient(url), await rawClient(url)];
      await assert.rejects(rawClient(url), { status: 503 });
      clock.advanceTo(1e9);
      assert.deepEqual(await Promise.all(silent.map(({ closed }) => closed)), [1008, 1008]);
      await greeted(url);
    });
  });

  describe('at the greeting', () => {
    const refusedHello = async (url: string, change: Parameters<typeof hello>[0]): Promise<string> => {
      const client = await rawClient(url);
      client.send(hello(change));
      const { code, message, replyTo } = error(await client.next());
      assert.equal(replyTo, 1);
      assert.equal(await client.closed, 1008);
      return `${code}: ${message}`;
    };

    it('describes itself', async () => {
      const client = await rawClient(await start());
      client.send(hello({ id: 9 }));
      assert.deepEqual(await client.next(), {
        type: 'spec',
        replyTo: 9,
        spec: {
          robot: 'pendulum',
          jointNames: ['pivot'],
          sensors: [],
          controlPeriodS: 0.05,
          physicsStepS: 0.05,
          mode: 'lock-step',
        },
      });
    });

    it('refuses another protocol version, robot or period in words, and ends the connection', async () => {
      const url = await start();
      assert.equal(
        await refusedHello(url, { protocolVersion: 2 }),
        'E_PROTOCOL_MISMATCH: protocol version: the simulator has 1, the client 2',
      );
      assert.equal(
        await refusedHello(url, { robot: 'arm2' }),
        'E_PROTOCOL_MISMATCH: robot: the simulator has pendulum, the client arm2',
      );
      assert.match(
        await refusedHello(url, { controlPeriodS: 0.07 }),
        /E_PROTOCOL_MISMATCH: .*0\.07 s is no multiple of the physics step 0\.05 s/,
      );
      assert.match(await refusedHello(url, { controlPeriodS: 0 }), /E_PROTOCOL_MISMATCH/);
      assert.match(await refusedHello(url, { controlPeriodS: NaN }), /E_PROTOCOL_MISMATCH/);
      assert.match(
        await refusedHello(url, { role: 'watcher', controlPeriodS: 0.1 }),
        /E_PROTOCOL_MISMATCH: control period/,
      );
    });

    it('lets the controller choose any multiple of the physics step, and tells the watchers', async () => {
      const url = await start();
      const watcher = await greeted(url, { role: 'watcher', controlPeriodS: 0 });
      const client = await greeted(url, { controlPeriodS: 0.15 });
      const told = await watcher.next();
      assert.ok(told.type === 'spec' && told.spec.controlPeriodS === 0.15);
      client.send(reset(2, 1));
      const before = reading(await client.next()).deviceTimeS;
      client.send(command(3, 0));
      assert.ok(Math.abs(reading(await client.next()).deviceTimeS - before - 0.15) < 1e-12);
    });

    it('refuses a second controller and goes on with the first; when that has left, another may come', async () => {
      const url = await start();
      const first = await greeted(url);
      first.send(reset(2, 0.5));
      await first.next();
      assert.match(await refusedHello(url, {}), /^E_CONTROLLER_TAKEN: pendulum is driven by 127\.0\.0\.1:\d+ already$/);
      await assert.rejects(simulator.connect(), { code: 'E_CONTROLLER_TAKEN' });
      first.send(command(3, 1));
      reading(await first.next());
      first.socket.close();
      await first.closed;
      await settled(await greeted(url, { role: 'watcher' }));
      assert.equal((await simulator.connect()).spec.robot, 'pendulum');
    });

    it('wants Hello first and only once', async () => {
      const url = await start();
      const rude = await rawClient(url);
      rude.send(command(4, 1));
      assert.equal(error(await rude.next()).code, 'E_PROTOCOL_MISMATCH');
      assert.equal(await rude.closed, 1008);
      const client = await greeted(url);
      client.send(hello({ id: 5 }));
      assert.equal(error(await client.next()).replyTo, 5);
      client.send(reset(6, 0));
      reading(await client.next());
    });

    it('takes so many watchers and no more', async () => {
      const url = await start({ maxWatchers: 2 });
      await greeted(url, { role: 'watcher' });
      const second = await greeted(url, { role: 'watcher' });
      assert.match(await refusedHello(url, { role: 'watcher' }), /E_SIMULATOR: there are 2 watchers already/);
      second.socket.close();
      await second.closed;
      await settled(await greeted(url));
      assert.equal((await greeted(url, { role: 'watcher' })).heard[0]?.type, 'spec');
    });
  });

  describe('in lock-step', () => {
    it('advances by one period a command, shows watchers the same readings, and lets them only watch', async () => {
      const url = await start();
      const watcher = await greeted(url, { role: 'watcher' });
      const client = await greeted(url);
      client.send(reset(2, 0.5));
      client.send(command(3, 1));
      const [first, second] = [await client.next(), await client.next()];
      assert.equal(second.replyTo, 3);
      assert.ok(Math.abs(reading(second).deviceTimeS - reading(first).deviceTimeS - 0.05) < 1e-12);
      assert.deepEqual(await watcher.next(), { ...first, replyTo: 0 });
      assert.deepEqual(await watcher.next(), { ...second, replyTo: 0 });
      for (const request of [command(7, 1), reset(7, 0), { type: 'save-state', id: 7 } as const]) {
        watcher.send(request);
        const refusal = error(await watcher.next());
        assert.equal(refusal.code, 'E_UNAUTHORISED');
        assert.equal(refusal.replyTo, 7);
      }
      client.send(command(4, 1));
      assert.equal(reading(await client.next()).sequence, reading(second).sequence + 1);
    });

    it('waits where it is when its controller goes away in the middle of an episode', async () => {
      const url = await start();
      const first = await greeted(url);
      first.send(reset(2, 0.5));
      first.send(command(3, 1));
      await first.next();
      const last = reading(await first.next());
      first.socket.terminate();
      await first.closed;
      await settled(await greeted(url, { role: 'watcher' }));
      const { world } = await simulator.connect();
      const again = await world.load(await world.save());
      assert.deepEqual(again.positions, last.positions);
      assert.equal(again.sequence, last.sequence);
    });

    it('answers requests that do not fit with an error and stays as it was', async () => {
      const client = await greeted(await start());
      client.send(reset(2, 0.5));
      const before = reading(await client.next());
      for (const [request, message] of [
        [command(3, 1, 2), /command has 2 values, the world needs 1/],
        [command(3, NaN), /command\[0\] is NaN/],
        [
          { type: 'reset', id: 3, from: { state: { qpos: Float64Array.of(1, 2), qvel: Float64Array.of(0) } } },
          /reset qpos has 2 values/,
        ],
        [{ type: 'load-state', id: 3, state: Uint8Array.of(1) }, /not a saved world/],
      ] as const) {
        client.send(request);
        const refusal = error(await client.next());
        assert.deepEqual([refusal.code, refusal.replyTo], ['E_SIMULATOR', 3]);
        assert.match(refusal.message, message);
      }
      client.send(command(4, 0));
      assert.equal(reading(await client.next()).sequence, before.sequence + 1);
    });

    it('resets by seed, the same seed to the same state', async () => {
      const client = await greeted(await start());
      const at = async (seed: number): Promise<unknown> => {
        client.send({ type: 'reset', id: 2, from: { seed } });
        const { positions, velocities } = reading(await client.next());
        return { positions, velocities };
      };
      const seven = await at(7);
      assert.notDeepEqual(await at(8), seven);
      assert.deepEqual(await at(7), seven);
    });
  });

  describe('against bad clients', () => {
    const afterwardsFine = async (url: string): Promise<void> => {
      const client = await greeted(url, { role: 'watcher' });
      await settled(client);
    };

    it('refuses a text frame and bytes that are no message, in words, and ends that connection only', async () => {
      const logger = new RecordingLogger();
      const url = await start({ logger });
      const bystander = await greeted(url);
      const text = await rawClient(url);
      text.socket.send('{"hello":1}');
      assert.match(error(await text.next()).message, /text frame/);
      assert.equal(await text.closed, 1003);
      const garbage = await rawClient(url);
      garbage.socket.send(Buffer.from([0xff, 0xff, 0xff, 0xff]));
      assert.equal(error(await garbage.next()).code, 'E_FRAME');
      assert.equal(await garbage.closed, 1002);
      assert.equal(simulator.telemetry.counters.get('simulator.frames_refused'), 2);
      assert.equal(logger.lines.filter(({ level }) => level === 'warning').length, 2);
      bystander.send(reset(2, 0));
      reading(await bystander.next());
    });

    it('closes with 1009 when a frame is larger than the maximum', async () => {
      const url = await start({ maxFrameBytes: 4096 });
      const client = await rawClient(url);
      client.socket.send(Buffer.alloc(4097));
      assert.equal(await client.closed, 1009);
      await afterwardsFine(url);
    });

    it('survives bytes that are no WebSocket frames', async () => {
      const url = await start();
      const client = await rawClient(url);
      (client.socket as unknown as { _socket: net.Socket })._socket.write(Buffer.from([0xff, 0xff, 0x00, 0x13]));
      assert.equal(await client.closed, 1002);
      await afterwardsFine(url);
    });

    it('survives a connection that breaks off in the handshake', async () => {
      const url = await start();
      const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgr');
      socket.destroy();
      await afterwardsFine(url);
    });
  });

  describe('in real time', () => {
    const PERIOD_NS = 0.05e9;
    let clock: SimulatedClock;
    const startRealTime = (): Promise<string> => {
      clock = new SimulatedClock();
      return start({ mode: 'real-time', clock });
    };
    const period = (n: number): void => clock.advanceTo(clock.nowNs() + n * PERIOD_NS);

    it('pushes a reading every period to controller and watchers, under the last command', async () => {
      const url = await startRealTime();
      const client = await greeted(url);
      const watcher = await greeted(url, { role: 'watcher' });
      client.send(command(2, 1.5));
      await settled(client);
      assert.equal(client.heard.length, 1);
      period(1);
      period(1);
      const [first, second] = [await client.next(), await client.next()];
      assert.deepEqual([first.replyTo, second.replyTo], [0, 0]);
      assert.deepEqual([reading(first).efforts[0], reading(second).efforts[0]], [1.5, 1.5]);
      assert.equal(reading(second).sequence, reading(first).sequence + 1);
      assert.deepEqual([await watcher.next(), await watcher.next()], [first, second]);
    });

    it('lets go when its controller leaves and runs on', async () => {
      const url = await startRealTime();
      const watcher = await greeted(url, { role: 'watcher' });
      const client = await greeted(url);
      client.send(command(2, 2));
      await settled(client);
      period(1);
      assert.equal(reading(await watcher.next()).efforts[0], 2);
      client.socket.terminate();
      await client.closed;
      await settled(watcher);
      period(1);
      assert.equal(reading(await watcher.next()).efforts[0], 0);
    });

    it('answers a reset with the reading of that state, without effort, and counts the period from there', async () => {
      const url = await startRealTime();
      const client = await greeted(url);
      client.send(command(2, 2));
      await settled(client);
      period(0.9);
      client.send(reset(3, 0.5));
      const answer = await client.next();
      assert.deepEqual([answer.replyTo, reading(answer).positions[0]], [3, 0.5]);
      period(0.9);
      await settled(client);
      assert.equal(client.heard.length, 2);
      period(0.1);
      assert.equal(reading(await client.next()).efforts[0], 0);
    });

    it('refuses a command that does not fit and holds the one before', async () => {
      const url = await startRealTime();
      const client = await greeted(url);
      client.send(command(2, 1));
      client.send(command(3, NaN));
      assert.equal(error(await client.next()).replyTo, 3);
      client.send(command(4, 1, 2));
      assert.equal(error(await client.next()).replyTo, 4);
      period(1);
      assert.equal(reading(await client.next()).efforts[0], 1);
    });
  });

  it('says goodbye to everyone when it stops, frees its port, and may be stopped twice', async () => {
    const url = await start();
    const clients = [await greeted(url), await greeted(url, { role: 'watcher' }), await rawClient(url)];
    await Promise.all([simulator.server.close(), simulator.server.close()]);
    assert.deepEqual(await Promise.all(clients.map(({ closed }) => closed)), [1001, 1001, 1001]);
    const again = await runSimulator('pendulum', { port: Number(new URL(url).port) });
    await again.stop();
  });
});
