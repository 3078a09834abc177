import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { greeted, rawClient, settled } from '../../../support/raw-client.ts';
import { command, error, reading, reset } from '../../../support/simulation-messages.ts';
import { runSimulator, type RunningSimulator, type RunOptions } from '../../../support/simulator.ts';

describe('the simulator server', () => {
  let simulator: RunningSimulator;
  const start = async (options: RunOptions = {}): Promise<string> => {
    simulator = await runSimulator('pendulum', options);
    return simulator.server.url;
  };
  afterEach(() => simulator.stop());

  describe('in lock-step', () => {
    it('advances by one period per command, sends observers the same readings, and rejects their commands', async () => {
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
        assert.equal(refusal.code, 'E_UNAUTHORIZED');
        assert.equal(refusal.replyTo, 7);
      }
      client.send(command(4, 1));
      assert.equal(reading(await client.next()).sequence, reading(second).sequence + 1);
    });

    it('keeps its state when its controller disconnects during an episode', async () => {
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

    it('replies to invalid requests with an error and keeps its state', async () => {
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

    it('rejects a text frame and invalid messages with a reason, and closes only that connection', async () => {
      const logger = new RecordingLogger();
      const url = await start({ logger });
      const bystander = await greeted(url);
      const text = await rawClient(url);
      text.socket.send('{"hello":1}');
      assert.match(error(await text.next()).message, /text frame/);
      assert.equal(await text.closed, 1003);
      const garbage = await rawClient(url);
      garbage.socket.send(Buffer.from([0xff, 0xff, 0xff, 0xff]));
      assert.equal(error(await garbage.next()).code, 'E_FRAME_INVALID');
      assert.equal(await garbage.closed, 1002);
      assert.equal(simulator.telemetry.counters.get('simulator.frames_refused'), 2);
      assert.equal(logger.entries.filter(({ level }) => level === 'warning').length, 2);
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

    it('survives bytes that are not WebSocket frames', async () => {
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

    it('pushes a reading every period to controller and observers, under the last command', async () => {
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

    it('sets zero effort when its controller disconnects, and continues', async () => {
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

    it('replies to a reset with the reading of that state, without effort, and restarts the period', async () => {
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

    it('rejects an invalid command and keeps the previous one', async () => {
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

  it('closes all connections when it stops, frees its port, and may be stopped twice', async () => {
    const url = await start();
    const clients = [await greeted(url), await greeted(url, { role: 'watcher' }), await rawClient(url)];
    await Promise.all([simulator.server.close(), simulator.server.close()]);
    assert.deepEqual(await Promise.all(clients.map(({ closed }) => closed)), [1001, 1001, 1001]);
    const again = await runSimulator('pendulum', { port: Number(new URL(url).port) });
    await again.stop();
  });
});
