import assert from 'node:assert/strict';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import type { SoftqdError } from '../../../../src/base/errors.ts';
import type { SimulatorConnection } from '../../../../src/driver/index.ts';
import { isStopConfirmed, type StopReport } from '../../../../src/robot/stop-plan.ts';
import { stopPlan } from '../../../../src/safety/index.ts';
import type { SimulationReply, SimulationRequest } from '../../../../src/wire/simulation/simulation-messages.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { pendulumReading, pendulumSpec } from '../../../support/scripted-simulator.ts';
import { listen, readingTo, SimulatorFixture, zero } from './simulator-fixture.ts';

describe('a connected simulator in real time', () => {
  let fixture: SimulatorFixture;
  const logger = new RecordingLogger();
  beforeEach(() => {
    fixture = new SimulatorFixture();
    logger.entries.length = 0;
  });
  afterEach(() => fixture.close());

  type Answer = (request: SimulationRequest) => SimulationReply | null;
  const connect = async (answer: Answer = () => null, receiveTimeoutMs = 10_000): Promise<SimulatorConnection> => {
    await fixture.script(answer, { ...pendulumSpec, mode: 'real-time' });
    return fixture.connect({ logger, receiveTimeoutMs });
  };
  const push = (change: Parameters<typeof pendulumReading>[0] = {}): void =>
    fixture.simulator!.push({ type: 'reading', replyTo: 0, reading: pendulumReading(change) });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const requested = async (count: number): Promise<void> => {
    while (fixture.simulator!.requests.length < count) await turn();
  };
  const faultsOf = ({ driver }: SimulatorConnection): SoftqdError[] => {
    const faults: SoftqdError[] = [];
    driver.readings$.subscribe((event) => event.kind === 'fault' && faults.push(event.error));
    return faults;
  };
  const commands = (): unknown[] =>
    fixture.simulator!.requests.slice(1).map((request) => (request.type === 'command' ? request.targets[0] : null));

  it('sends commands without reply, and zero effort on disarm, confirmed by the next reading', async () => {
    const open = await connect();
    for (let i = 0; i < 5; i++) open.driver.apply(unguardedForTest(i, [1.5]));
    const stopping = open.driver.disarm(stopPlan(open.driver.spec), 'enough');
    await requested(7);
    push();
    assert.ok(isStopConfirmed(await stopping));
    assert.deepEqual(commands(), [1.5, 1.5, 1.5, 1.5, 1.5, 0]);
  });

  it('reports a stop of a silent simulator, or of a lost one, as not confirmed', async () => {
    const details = (report: StopReport): unknown => report.joints[0]!.detail;
    const open = await connect();
    open.driver.apply(unguardedForTest(1, [1.5]));
    const stopping = open.driver.disarm(stopPlan(open.driver.spec), 'enough');
    fixture.wallClock.advanceTo(0.4e9);
    assert.equal(details(await stopping), 'no reading within 300 ms after the stop');
    await requested(3);
    const { end } = listen(open);
    fixture.simulator!.socket().terminate();
    await end;
    assert.match(String(details(await open.driver.disarm(stopPlan(open.driver.spec), 'lost'))), /is not connected/);
  });

  it('reports a rejected command', async () => {
    const open = await connect((request) => ({
      type: 'error',
      replyTo: request.id,
      code: 'E_SIMULATOR',
      message: 'no',
    }));
    const { end } = listen(open);
    open.driver.apply(unguardedForTest(1, [0]));
    assert.equal((await end).code, 'E_SIMULATOR');
  });

  it('resolves a raw command with the next reading', async () => {
    const { client } = await connect();
    const asked = client.command(1, Float64Array.of(0));
    await requested(2);
    push({ positions: [0.75] });
    assert.equal((await asked).positions[0], 0.75);
  });

  it('passes over damaged frames and readings that are not finite: counted in one log line, no fault', async () => {
    const open = await connect();
    const { readings } = listen(open);
    const faults = faultsOf(open);
    const socket = fixture.simulator!.socket();
    socket.send(Buffer.from([0xff, 0xff, 0xff]));
    socket.send('{"reading":1}');
    push({ velocity: NaN });
    push({ positions: [1, 2] });
    push();
    while (readings.length < 1) await turn();
    assert.deepEqual([faults.length, readings[0]!.positions[0]], [0, 0.5]);
    assert.equal(logger.entries.filter(({ message }) => /a damaged message was passed over/.test(message)).length, 1);
  });

  it('makes a flood of damaged frames a fault, and goes on', async () => {
    const open = await connect();
    const { readings } = listen(open);
    const faults = faultsOf(open);
    for (let i = 0; i < 60; i++) fixture.simulator!.socket().send('text');
    push();
    while (readings.length < 1 && faults.length < 1) await turn();
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['E_FRAME_INVALID'],
    );
    open.driver.apply(unguardedForTest(1, [0]));
  });

  it('is lost when it does not answer a request, though readings arrive', async () => {
    const open = await connect((request) => (request.type === 'save-state' ? readingTo(request) : null), 1000);
    const waiting = assert.rejects(open.client.reset(zero), {
      code: 'E_SIMULATOR_LOST',
      message: /sends readings but did not answer a request for 1000 ms/,
    });
    const { readings } = listen(open);
    for (let i = 1; i <= 6; i++) {
      push();
      while (readings.length < i) {
        if (fixture.wallClock.nowNs() > 1.2e9) break;
        await turn();
      }
      fixture.wallClock.advanceTo(i * 0.25e9);
    }
    await waiting;
  });

  it('reports a pause of the readings once, with its length', async () => {
    const open = await connect();
    const { readings } = listen(open);
    open.driver.apply(unguardedForTest(1, [0]));
    for (const [i, atS] of [0, 0.05, 0.55, 0.6].entries()) {
      fixture.clock.advanceTo(atS * 1e9);
      push();
      while (readings.length <= i) await turn();
    }
    const lines = logger.entries.filter(({ message }) => /no reading for/.test(message));
    assert.equal(lines.length, 1);
    assert.match(lines[0]!.message, /pendulum: no reading for 0\.500 s \(age limit/);
  });
});
