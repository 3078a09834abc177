import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import type { StopMode } from '../../../../src/robot/robot-spec.ts';
import { greeted, settled, type RawClient } from '../../../support/raw-client.ts';
import { command, reading } from '../../../support/simulation-messages.ts';
import { loadRobot, runSimulator, type RunningSimulator } from '../../../support/simulator.ts';

const PERIOD_S = 0.02;
/** shoulder_pan moves, shoulder_lift carries the arm. */
const [PAN, LIFT] = [0, 1];
/** Sag of a held joint under the arm's weight. */
const STILL_RAD = 0.05;
/** Way of a damped joint from 2.7 rad/s. */
const DAMPED_RAD = 0.1;

/** The joints of so101 at rest under gravity, then on their way: shoulder_pan at 2.7 rad/s. */
describe('the stop of a real-time simulator', function () {
  this.timeout(60_000);
  let simulator: RunningSimulator;
  let clock: SimulatedClock;
  let watcher: RawClient;
  let controller: RawClient;
  const logger = new RecordingLogger();
  afterEach(() => simulator.stop());

  async function start(stopMode: StopMode): Promise<void> {
    clock = new SimulatedClock();
    const so101 = loadRobot('so101');
    const robot = { ...so101, joints: so101.joints.map((joint) => ({ ...joint, stopMode })) };
    simulator = await runSimulator('so101', { robot, mode: 'real-time', clock, logger });
    const hello = { robot: 'so101', controlPeriodS: PERIOD_S };
    controller = await greeted(simulator.server.url, hello);
    watcher = await greeted(simulator.server.url, { ...hello, role: 'watcher' });
  }
  /** Passes periods without a command; the positions after them. */
  async function pass(periods: number): Promise<Float64Array> {
    let positions: Float64Array = new Float64Array(0);
    for (let i = 0; i < periods; i++) {
      clock.advanceTo(clock.nowNs() + PERIOD_S * 1e9);
      ({ positions } = reading(await watcher.next()));
    }
    return positions;
  }
  let sequence = 10;
  async function drive(periods: number, pan: number): Promise<void> {
    for (let i = 0; i < periods; i++) {
      controller.send(command(sequence++, pan, 0.3, -0.3, 0, 0, 0));
      await settled(controller);
      await pass(1);
    }
  }

  const causes = {
    'its controller is frozen': async (): Promise<Float64Array> => pass(6),
    'its controller disconnects': async (): Promise<Float64Array> => {
      controller.socket.terminate();
      await controller.closed;
      await settled(watcher);
      return pass(1);
    },
  };
  for (const [cause, happens] of Object.entries(causes)) {
    for (const mode of ['hold', 'damp', 'torque-off'] as const) {
      it(`puts the joints in ${mode} when ${cause}`, async () => {
        await start(mode);
        await drive(100, 0);
        await drive(8, 1.5);
        const before = await happens();
        const after = await pass(15);
        const sunk = after[LIFT]! - before[LIFT]!;
        const turned = Math.abs(after[PAN]! - before[PAN]!);
        assert.ok(after[PAN]! < 1.2, `the old target acts: shoulder_pan at ${after[PAN]!}`);
        if (mode === 'hold') assert.ok(Math.abs(sunk) < STILL_RAD, `a held joint sinks by ${sunk}`);
        else assert.ok(sunk > STILL_RAD, `shoulder_lift does not fall: ${sunk}`);
        if (mode === 'damp') assert.ok(turned < DAMPED_RAD, `a damped joint turns on by ${turned}`);
        if (mode === 'torque-off') assert.ok(sunk > 0.15, `shoulder_lift falls slowly: ${sunk}`);
      });
    }
  }

  it('ends with the next command; commands at every period keep it away', async () => {
    await start('torque-off');
    await drive(100, 0);
    assert.equal(simulator.telemetry.counters.get('simulator.command_timeouts') ?? 0, 0);
    await pass(30);
    assert.equal(simulator.telemetry.counters.get('simulator.command_timeouts'), 1);
    assert.match(logger.entries.at(-1)!.message, /no command for 1[0-9]{2} ms: the joints go to their stop modes/);
    await drive(150, 1);
    const [pan, lift] = await pass(1);
    assert.ok(Math.abs(pan! - 1) < STILL_RAD && Math.abs(lift! - 0.3) < 0.1, `${pan} ${lift}`);
  });

  it('waits until a controller has commanded: positions are held before', async () => {
    await start('torque-off');
    const positions = await pass(20);
    assert.ok(
      positions.every((position) => Math.abs(position) < 0.2),
      positions.join(),
    );
    assert.equal(simulator.telemetry.counters.get('simulator.command_timeouts') ?? 0, 0);
  });
});
