import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import {
  connectSimulator,
  throwOnFault,
  type ConnectSimulatorOptions,
  type SimulatorConnection,
} from '../../../../src/driver/index.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import type {
  SimulationReply,
  SimulationRequest,
  SimulatorSpec,
} from '../../../../src/wire/simulation/simulation-messages.ts';
import { encodeSimulationReply } from '../../../../src/wire/simulation/simulation.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import {
  pendulumReading,
  pendulumSpec,
  scriptedSimulator,
  type ScriptedSimulator,
} from '../../../support/scripted-simulator.ts';
import { loadRobot } from '../../../support/simulator.ts';

const robot = loadRobot('pendulum');
const zero = { qpos: Float64Array.of(0), qvel: Float64Array.of(0) };

function readingTo(request: SimulationRequest, change: Parameters<typeof pendulumReading>[0] = {}): SimulationReply {
  return { type: 'reading', replyTo: request.id, reading: pendulumReading(change) };
}

describe('connectSimulator', () => {
  let simulator: ScriptedSimulator | undefined;
  let connection: SimulatorConnection | undefined;
  let clock: SimulatedClock;
  let wallClock: SimulatedClock;
  beforeEach(() => {
    clock = new SimulatedClock();
    wallClock = new SimulatedClock();
  });
  afterEach(async () => {
    await connection?.driver.close();
    await simulator?.close();
    connection = undefined;
    simulator = undefined;
  });

  const connect = async (options: Partial<ConnectSimulatorOptions> = {}): Promise<SimulatorConnection> => {
    connection = await connectSimulator({
      url: simulator?.url ?? 'ws://127.0.0.1:1',
      robot,
      role: 'controller',
      controlPeriodS: 0.05,
      clock,
      wallClock,
      logger: silentLogger,
      ...options,
    });
    return connection;
  };
  const script = async (...parts: Parameters<typeof scriptedSimulator>): Promise<void> => {
    simulator = await scriptedSimulator(...parts);
  };
  /** What readings$ says until it ends. */
  const listen = ({
    driver,
  }: SimulatorConnection): { readings: Reading[]; end: Promise<{ code?: string; message: string }> } => {
    const readings: Reading[] = [];
    const end = new Promise<{ code?: string; message: string }>((resolve) => {
      driver.readings$.pipe(throwOnFault()).subscribe({
        next: (reading) => readings.push(reading),
        error: resolve,
        complete: () => resolve({ message: 'complete' }),
      });
    });
    return { readings, end };
  };

  describe('refuses', () => {
    it('an address where nothing listens, naming it', async () => {
      await assert.rejects(connect(), { code: 'E_CONNECT', message: /ws:\/\/127\.0\.0\.1:1.*ECONNREFUSED/ });
    });

    it('what is no WebSocket URL, and any URL with a secret in it', async () => {
      for (const url of [
        'localhost',
        'http://127.0.0.1:1',
        'ws://127.0.0.1:1/?token=abc',
        'ws://user:abc@127.0.0.1:1',
      ]) {
        await assert.rejects(connect({ url }), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'E_USAGE');
          assert.ok(url === 'http://127.0.0.1:1' || url === 'localhost' || !error.message.includes('abc'));
          return true;
        });
      }
    });

    it('a server that speaks no WebSocket, or another subprotocol', async () => {
      const server = http.createServer((_request, response) => response.end('hello'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await assert.rejects(connect({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }), {
        code: 'E_CONNECT',
        message: /HTTP 200/,
      });
      server.close();
      await script(() => null, null, 'something.else');
      await assert.rejects(connect(), { code: 'E_PROTOCOL_MISMATCH', message: /softqd\.simulation\.v1/ });
    });

    it('another robot, other joints, a missing sensor and another period, saying both sides', async () => {
      const refusal = async (change: Partial<SimulatorSpec>, wanted = robot): Promise<string> => {
        await script(() => null, { ...pendulumSpec, ...change });
        const error = (await connect({ robot: wanted }).catch((thrown: unknown) => thrown)) as Error & {
          code?: string;
        };
        await simulator?.close();
        assert.equal(error.code, 'E_PROTOCOL_MISMATCH');
        return error.message;
      };
      assert.equal(await refusal({ robot: 'arm2' }), 'robot: the simulator has arm2, the client pendulum');
      assert.equal(await refusal({ jointNames: ['hinge'] }), 'joints: the simulator has hinge, the client pivot');
      assert.equal(
        await refusal({ controlPeriodS: 0.1 }),
        'control period in s: the simulator has 0.1, the client 0.05',
      );
      const sensing = { ...robot, sensors: [{ name: 'tip', size: 3, unit: 'm' }] };
      assert.equal(await refusal({}, sensing), 'size of sensor tip: the simulator has no such sensor, the client 3');
    });

    it('a simulator that does not answer Hello in time', async () => {
      await script(() => null, null);
      const connecting = connect({ connectTimeoutMs: 1000 });
      while (simulator!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      wallClock.advanceTo(1e9);
      await assert.rejects(connecting, { code: 'E_TIMEOUT' });
    });

    it('to continue after an abort, before or during the handshake', async () => {
      await script(() => null, null);
      await assert.rejects(connect({ signal: AbortSignal.abort() }), { code: 'E_CONNECT', message: /canceled/ });
      const controller = new AbortController();
      const connecting = connect({ signal: controller.signal });
      while (simulator!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      await assert.rejects(connecting, { code: 'E_CONNECT', message: /canceled/ });
    });

    it('a simulator that refuses, with its words and code', async () => {
      await script(
        (request) => ({ type: 'error', replyTo: request.id, code: 'E_CONTROLLER_TAKEN', message: 'driven already' }),
        null,
      );
      await assert.rejects(connect(), { code: 'E_CONTROLLER_TAKEN', message: 'simulator: driven already' });
      await simulator?.close();
      await script(
        (request) => ({ type: 'error', replyTo: request.id, code: 'OUT_OF_COFFEE', message: 'later' }),
        null,
      );
      await assert.rejects(connect(), { code: 'E_SIMULATOR', message: 'simulator: OUT_OF_COFFEE: later' });
    });
  });

  describe('as client', () => {
    it('asks and is answered, readings stamped with its own clock', async () => {
      await script((request) =>
        request.type === 'save-state'
          ? { type: 'state', replyTo: request.id, state: Uint8Array.of(1, 2) }
          : readingTo(request),
      );
      const { client } = await connect();
      clock.advanceTo(123);
      assert.equal((await client.reset(zero)).arrivalNs, 123);
      assert.deepEqual([...(await client.saveState())], [1, 2]);
      assert.equal((await client.command(5, Float64Array.of(0.25))).positions[0], 0.5);
      const sent = simulator!.requests.at(-1)!;
      assert.ok(sent.type === 'command' && sent.sequence === 5 && sent.targets[0] === 0.25);
    });

    it('rejects readings that are not finite or misshapen, and can go on asking', async () => {
      const changes = [
        { velocity: NaN },
        { velocity: Infinity },
        { deviceTimeS: NaN },
        { positions: [1, 2] },
        { positions: [] },
        {},
      ];
      await script((request) => readingTo(request, changes.shift()));
      const { client } = await connect();
      for (const code of [
        'E_READING_NON_FINITE',
        'E_READING_NON_FINITE',
        'E_READING_NON_FINITE',
        'E_READING_SHAPE',
        'E_READING_SHAPE',
      ]) {
        await assert.rejects(client.reset(zero), { code });
      }
      assert.equal((await client.reset(zero)).positions[0], 0.5);
    });

    it('rejects an answer of another kind', async () => {
      await script((request) => ({ type: 'state', replyTo: request.id, state: Uint8Array.of() }));
      const { client } = await connect();
      await assert.rejects(client.reset(zero), {
        code: 'E_FRAME_INVALID',
        message: /unexpected reply from the simulator: state, expected reading/,
      });
    });

    it('bounds what is unanswered', async () => {
      await script(() => null);
      const { client } = await connect({ maxPending: 2 });
      const waiting = [client.reset(zero), client.saveState()].map((asked) =>
        assert.rejects(asked, { code: 'E_SIMULATOR_LOST' }),
      );
      await assert.rejects(client.saveState(), { code: 'E_SIMULATOR', message: /too many pending requests \(2\)/ });
      await client.close();
      await Promise.all(waiting);
      await assert.rejects(client.saveState(), { code: 'E_SIMULATOR_LOST' });
    });
  });

  describe('notices that the simulator is lost', () => {
    it('when the connection closes: what waits is rejected, readings$ errors, once', async () => {
      await script(() => null);
      const open = await connect();
      const { end } = listen(open);
      const waiting = assert.rejects(open.client.reset(zero), {
        code: 'E_SIMULATOR_LOST',
        message: /closed the connection \(1012 restart\)/,
      });
      while (simulator!.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
      simulator!.socket().close(1012, 'restart');
      await waiting;
      assert.equal((await end).code, 'E_SIMULATOR_LOST');
    });

    it('when an answer does not come, but not when nothing was asked', async () => {
      await script(() => null);
      const open = await connect({ receiveTimeoutMs: 1000 });
      const { end } = listen(open);
      wallClock.advanceTo(100e9);
      assert.equal(await Promise.race([end, Promise.resolve('waiting')]), 'waiting');
      open.driver.apply(unguardedForTest(1, [0]));
      wallClock.advanceTo(102e9);
      assert.deepEqual(
        [(await end).code, (await end).message.replace(/ at \S+/, '')],
        ['E_SIMULATOR_LOST', 'the simulator sent nothing for 1000 ms'],
      );
    });

    it('when real time stands still', async () => {
      await script(() => null, { ...pendulumSpec, mode: 'real-time' });
      const open = await connect({ receiveTimeoutMs: 1000 });
      const { readings, end } = listen(open);
      for (let i = 1; i <= 8; i++) {
        simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading() });
        while (readings.length < i) await new Promise((resolve) => setImmediate(resolve));
        wallClock.advanceTo(i * 0.5e9);
      }
      wallClock.advanceTo(4.7e9);
      assert.equal(await Promise.race([end, Promise.resolve('waiting')]), 'waiting');
      wallClock.advanceTo(5.5e9);
      assert.equal((await end).code, 'E_SIMULATOR_LOST');
    });

    for (const [what, data, code] of [
      ['bytes that are no message', Uint8Array.of(0xff, 0xff, 0xff), 'E_FRAME_INVALID'],
      ['text', '{"reading":1}', 'E_FRAME_INVALID'],
      ['a frame beyond the maximum', new Uint8Array(5000), 'E_FRAME_INVALID'],
    ] as const) {
      it(`when it sends ${what}`, async () => {
        await script(() => data);
        const open = await connect({ maxFrameBytes: 4096 });
        const { end } = listen(open);
        open.driver.apply(unguardedForTest(1, [0]));
        assert.equal((await end).code, code);
        assert.throws(() => open.driver.apply(unguardedForTest(2, [0])), { code });
      });
    }

    it('when it does not read from the connection', async () => {
      await script(() => null);
      const { client } = await connect({ maxUnsentBytes: 1 << 16, maxPending: 1000 });
      simulator!.socket().pause();
      const state = new Uint8Array(1 << 19);
      const losses = [];
      for (let i = 0; i < 64; i++)
        losses.push(
          client.loadState(state).then(
            () => 'answered',
            (error: unknown) => (error as { code?: string }).code,
          ),
        );
      const codes = new Set(await Promise.all(losses));
      assert.deepEqual([...codes], ['E_SIMULATOR_LOST']);
    });
  });

  describe('as body', () => {
    it('turns an error reply to a command into an error of readings$ that a new subscription survives', async () => {
      let refuse = true;
      await script((request) =>
        refuse ? { type: 'error', replyTo: request.id, code: 'E_SIMULATOR', message: 'no' } : readingTo(request),
      );
      const open = await connect();
      const { end } = listen(open);
      open.driver.apply(unguardedForTest(1, [0]));
      assert.equal((await end).message, 'simulator: no');
      refuse = false;
      const { readings } = listen(open);
      open.driver.apply(unguardedForTest(2, [0]));
      while (readings.length < 1) await new Promise((resolve) => setImmediate(resolve));
    });

    it('in real time sends commands that nobody answers, and lets go when it is disarmed', async () => {
      await script(() => null, { ...pendulumSpec, mode: 'real-time' });
      const open = await connect({ maxPending: 1 });
      for (let i = 0; i < 5; i++) open.driver.apply(unguardedForTest(i, [1.5]));
      await open.driver.disarm('enough');
      while (simulator!.requests.length < 7) await new Promise((resolve) => setImmediate(resolve));
      const commands = simulator!.requests
        .slice(1)
        .map((request) => (request.type === 'command' ? request.targets[0] : null));
      assert.deepEqual(commands, [1.5, 1.5, 1.5, 1.5, 1.5, 0]);
    });

    it('hears in real time what refuses a command, although nobody waits for it', async () => {
      await script((request) => ({ type: 'error', replyTo: request.id, code: 'E_SIMULATOR', message: 'no' }), {
        ...pendulumSpec,
        mode: 'real-time',
      });
      const open = await connect();
      const { end } = listen(open);
      open.driver.apply(unguardedForTest(1, [0]));
      assert.equal((await end).code, 'E_SIMULATOR');
    });

    it('in real time resolves a raw command with the next reading', async () => {
      await script(() => null, { ...pendulumSpec, mode: 'real-time' });
      const { client } = await connect();
      const asked = client.command(1, Float64Array.of(0));
      while (simulator!.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
      simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading({ positions: [0.75] }) });
      assert.equal((await asked).positions[0], 0.75);
    });

    it('only watches as a watcher, and follows a changed period', async () => {
      await script(() => null);
      const open = await connect({ role: 'watcher', controlPeriodS: 0 });
      assert.throws(() => open.driver.apply(unguardedForTest(1, [0])), { code: 'E_USAGE' });
      const { readings } = listen(open);
      simulator!
        .socket()
        .send(encodeSimulationReply({ type: 'spec', replyTo: 0, spec: { ...pendulumSpec, controlPeriodS: 0.1 } }));
      simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading() });
      while (readings.length < 1) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(open.spec.controlPeriodS, 0.1);
      assert.equal(open.client.spec.controlPeriodS, 0.1);
    });
  });

  it('rejects a pending reset when its signal aborts', async () => {
    await script(() => null);
    const { resetter } = await connect();
    const controller = new AbortController();
    const asked = resetter.reset(zero, controller.signal);
    controller.abort();
    await assert.rejects(asked, { code: 'E_TIMEOUT', message: /canceled/ });
  });
});
