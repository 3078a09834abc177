import assert from 'node:assert/strict';
import { encodeSimulationReply } from '../../../../src/wire/simulation/simulation.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { pendulumReading, pendulumSpec } from '../../../support/scripted-simulator.ts';
import { listen, readingTo, SimulatorFixture, zero } from './simulator-fixture.ts';

describe('a connected simulator', () => {
  let fixture: SimulatorFixture;
  beforeEach(() => {
    fixture = new SimulatorFixture();
  });
  afterEach(() => fixture.close());

  describe('as client', () => {
    it('sends requests and receives replies, with arrival times of its clock', async () => {
      await fixture.script((request) =>
        request.type === 'save-state'
          ? { type: 'state', replyTo: request.id, state: Uint8Array.of(1, 2) }
          : readingTo(request),
      );
      const { client } = await fixture.connect();
      fixture.clock.advanceTo(123);
      assert.equal((await client.reset(zero)).arrivalNs, 123);
      assert.deepEqual([...(await client.saveState())], [1, 2]);
      assert.equal((await client.command(5, Float64Array.of(0.25))).positions[0], 0.5);
      const sent = fixture.simulator!.requests.at(-1)!;
      assert.ok(sent.type === 'command' && sent.sequence === 5 && sent.targets[0] === 0.25);
    });

    it('rejects invalid readings, and continues with the next request', async () => {
      const changes = [
        { velocity: NaN },
        { velocity: Infinity },
        { deviceTimeS: NaN },
        { positions: [1, 2] },
        { positions: [] },
        {},
      ];
      await fixture.script((request) => readingTo(request, changes.shift()));
      const { client } = await fixture.connect();
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

    it('rejects a reply of another type', async () => {
      await fixture.script((request) => ({ type: 'state', replyTo: request.id, state: Uint8Array.of() }));
      const { client } = await fixture.connect();
      await assert.rejects(client.reset(zero), {
        code: 'E_FRAME_INVALID',
        message: /unexpected reply from the simulator: state, expected reading/,
      });
    });

    it('limits the number of pending requests', async () => {
      await fixture.script(() => null);
      const { client } = await fixture.connect({ maxPending: 2 });
      const waiting = [client.reset(zero), client.saveState()].map((asked) =>
        assert.rejects(asked, { code: 'E_SIMULATOR_LOST' }),
      );
      await assert.rejects(client.saveState(), { code: 'E_SIMULATOR', message: /too many pending requests \(2\)/ });
      await client.close();
      await Promise.all(waiting);
      await assert.rejects(client.saveState(), { code: 'E_SIMULATOR_LOST' });
    });
  });

  describe('detects that the simulator is lost', () => {
    it('when the connection closes: pending requests are rejected, readings$ errors once', async () => {
      await fixture.script(() => null);
      const open = await fixture.connect();
      const { end } = listen(open);
      const waiting = assert.rejects(open.client.reset(zero), {
        code: 'E_SIMULATOR_LOST',
        message: /the other end closed the connection \(1012 restart\)/,
      });
      while (fixture.simulator!.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
      fixture.simulator!.socket().close(1012, 'restart');
      await waiting;
      assert.equal((await end).code, 'E_SIMULATOR_LOST');
    });

    it('when a reply does not arrive, but not without a request', async () => {
      await fixture.script(() => null);
      const open = await fixture.connect({ receiveTimeoutMs: 1000 });
      const { end } = listen(open);
      fixture.wallClock.advanceTo(100e9);
      assert.equal(await Promise.race([end, Promise.resolve('waiting')]), 'waiting');
      open.driver.apply(unguardedForTest(1, [0]));
      fixture.wallClock.advanceTo(102e9);
      assert.deepEqual(
        [(await end).code, (await end).message.replace(/ at \S+/, '')],
        ['E_SIMULATOR_LOST', 'the simulator is connected but sent nothing for 1000 ms'],
      );
    });

    it('when it is killed: the connection breaks without a close message', async () => {
      await fixture.script(() => null);
      const open = await fixture.connect();
      const { end } = listen(open);
      fixture.simulator!.socket().terminate();
      assert.match(
        (await end).message,
        /broke without a close message \(1006\): the network is down, or the process there/,
      );
    });

    it('when readings stop in real time', async () => {
      await fixture.script(() => null, { ...pendulumSpec, mode: 'real-time' });
      const open = await fixture.connect({ receiveTimeoutMs: 1000 });
      const { readings, end } = listen(open);
      for (let i = 1; i <= 8; i++) {
        fixture.simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading() });
        while (readings.length < i) await new Promise((resolve) => setImmediate(resolve));
        fixture.wallClock.advanceTo(i * 0.5e9);
      }
      fixture.wallClock.advanceTo(4.7e9);
      assert.equal(await Promise.race([end, Promise.resolve('waiting')]), 'waiting');
      fixture.wallClock.advanceTo(5.5e9);
      assert.equal((await end).code, 'E_SIMULATOR_LOST');
    });

    for (const [what, data, code] of [
      ['bytes that are no message', Uint8Array.of(0xff, 0xff, 0xff), 'E_FRAME_INVALID'],
      ['text', '{"reading":1}', 'E_FRAME_INVALID'],
      ['a frame beyond the maximum', new Uint8Array(5000), 'E_FRAME_INVALID'],
    ] as const) {
      it(`when it sends ${what}`, async () => {
        await fixture.script(() => data);
        const open = await fixture.connect({ maxFrameBytes: 4096 });
        const { end } = listen(open);
        open.driver.apply(unguardedForTest(1, [0]));
        assert.equal((await end).code, code);
        assert.throws(() => open.driver.apply(unguardedForTest(2, [0])), { code });
      });
    }

    it('when it does not read from the connection', async () => {
      await fixture.script(() => null);
      const { client } = await fixture.connect({ maxUnsentBytes: 1 << 16, maxPending: 1000 });
      fixture.simulator!.socket().pause();
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

  describe('as driver', () => {
    it('reports an error reply to a command on readings$; a new subscription continues', async () => {
      let refuse = true;
      await fixture.script((request) =>
        refuse ? { type: 'error', replyTo: request.id, code: 'E_SIMULATOR', message: 'no' } : readingTo(request),
      );
      const open = await fixture.connect();
      const { end } = listen(open);
      open.driver.apply(unguardedForTest(1, [0]));
      assert.equal((await end).message, 'simulator: no');
      refuse = false;
      const { readings } = listen(open);
      open.driver.apply(unguardedForTest(2, [0]));
      while (readings.length < 1) await new Promise((resolve) => setImmediate(resolve));
    });

    it('sends no commands as an observer, and follows a changed period', async () => {
      await fixture.script(() => null);
      const open = await fixture.connect({ role: 'watcher', controlPeriodS: 0 });
      assert.throws(() => open.driver.apply(unguardedForTest(1, [0])), { code: 'E_USAGE' });
      const { readings } = listen(open);
      fixture
        .simulator!.socket()
        .send(encodeSimulationReply({ type: 'spec', replyTo: 0, spec: { ...pendulumSpec, controlPeriodS: 0.1 } }));
      fixture.simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading() });
      while (readings.length < 1) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(open.spec.controlPeriodS, 0.1);
      assert.equal(open.client.spec.controlPeriodS, 0.1);
    });
  });

  it('rejects a pending reset when its signal aborts', async () => {
    await fixture.script(() => null);
    const { resetter } = await fixture.connect();
    const controller = new AbortController();
    const asked = resetter.reset(zero, controller.signal);
    controller.abort();
    await assert.rejects(asked, { code: 'E_TIMEOUT', message: /canceled/ });
  });
});
