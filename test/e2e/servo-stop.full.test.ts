import assert from 'node:assert/strict';
import { SoftqdError } from '../../src/base/errors.ts';
import { openSerial } from '../../src/serial/index.ts';
import { holdStatus, releaseHold, stopHold, type HoldStatus } from '../../src/driver/watchdog/index.ts';
import type { StopMode } from '../../src/robot/robot-spec.ts';
import { requireAddon } from '../support/addon.ts';
import type { ServoGroundTruth } from '../support/servo-ground-truth.ts';
import { monotonicMs, ServoStopRig, wait } from '../support/servo-stop-rig.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const IDS = [1, 2, 3, 4, 5, 6];
const MAX_MOTION_RAD = 0.05;
/** From the event to the last joint. */
const MAX_STOP_MS = 100;
/** The arm reaches forward: shoulder and elbow carry load. */
const REACHED = [0.2, 0.3, 0.2, 0.2, 0.1, 0.3];

/** The register that shows that a servo is in its stop mode, and its value. */
const STOPPED: Readonly<Record<'so101' | 'koch', Record<Exclude<StopMode, 'hold'>, readonly [string, number]>>> = {
  so101: { damp: ['torqueEnable', 2], 'torque-off': ['torqueEnable', 0] },
  koch: { damp: ['goalPwm', 0], 'torque-off': ['torqueEnable', 0] },
};

/** Every servo got a goal and a torque limit within 100 ms of `atMs`. */
function assertHeld(truth: ServoGroundTruth, rig: ServoStopRig, atMs: number): void {
  for (const id of IDS) {
    const goal = truth.changed('goalPosition', id, atMs);
    assert.ok(goal !== null, `servo ${id}: no goal was written`);
    assert.ok(goal.atMs - atMs < MAX_STOP_MS, `servo ${id}: goal after ${goal.atMs - atMs} ms`);
    const limit = truth.changed(rig.robot === 'so101' ? 'torqueLimit' : 'goalPwm', id, atMs);
    assert.ok(limit !== null && limit.value > 0, `servo ${id} has no torque limit`);
  }
}

// Every event and stop mode: stop-matrix.full.test.ts.
describe('a servo robot after its stop, judged by its ground truth', function () {
  realTimeTests(this, 120_000);
  let rig: ServoStopRig | null = null;

  before(function () {
    requireAddon(this);
  });
  afterEach(async () => {
    await rig?.stop();
    rig = null;
  });

  for (const robot of ['so101', 'koch'] as const) {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      it(`${robot}: holds with a limited torque after ${signal}`, async () => {
        rig = await ServoStopRig.start(robot);
        await rig.drive({ targets: REACHED });
        const atMs = rig.signal(signal);
        await wait(600);
        assertHeld(await rig.truth(), rig, atMs);
      });
    }

    it(`${robot}: the watchdog process holds after the end, survives Ctrl-C, damps when the time is over, and exits`, async () => {
      rig = await ServoStopRig.start(robot);
      await rig.drive({ holdS: 3 });
      rig.signal('SIGINT');
      await rig.event('stopped');
      await wait(500);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(rig.watchdogPid, signal);
      const status = await holdStatus(rig.holdSocketPath);
      assert.ok(status !== null && status.joints.every(({ mode }) => mode === 'hold'), JSON.stringify(status));
      const beforeMs = monotonicMs();
      while (rig.isWatchdogAlive()) await wait(50);
      const truth = await rig.truth();
      for (const id of IDS) {
        const [register, value] = STOPPED[robot].damp;
        assert.equal(truth.changed(register, id, beforeMs)?.value, value, `servo ${id}`);
      }
      assert.equal(await holdStatus(rig.holdSocketPath), null);
    });

    it(`${robot}: the next program takes over the port while the joints hold`, async () => {
      rig = await ServoStopRig.start(robot);
      await rig.drive({ targets: REACHED });
      const atMs = rig.signal('SIGINT');
      await rig.event('stopped');
      await wait(500);
      await rig.drive({ targets: REACHED });
      const truth = await rig.truth();
      // Restored on arming, and no joint was without torque in between.
      assert.ok(
        !truth.writes().some((write) => write.atMs > atMs && write.register === 'torqueEnable' && write.value !== 1),
      );
      for (const joint of IDS.keys()) assert.ok(truth.motion(joint, atMs, truth.lastMs) < 2 * MAX_MOTION_RAD);
      const limit = robot === 'so101' ? truth.changed('torqueLimit', 1, atMs) : truth.changed('goalPwm', 1, atMs);
      assert.equal(limit?.value, robot === 'so101' ? 1000 : 885);
    });
  }

  it('the port that is held is busy; a release writes nothing, and the watchdog process exits', async () => {
    rig = await ServoStopRig.start('so101');
    await rig.drive();
    rig.signal('SIGINT');
    await rig.event('stopped');
    await wait(500);
    await assert.rejects(openSerial({ address: rig.address, baudRate: 1_000_000 }), (error) => {
      assert.ok(error instanceof SoftqdError && error.code === 'E_SERIAL_BUSY', String(error));
      assert.match(error.message, /watchdog process of robot so101 \(holding until \d\d:\d\d:\d\d\)/);
      return true;
    });
    assert.equal(await releaseHold(rig.holdSocketPath), true);
    const { length } = (await rig.truth()).writes();
    while (rig.isWatchdogAlive()) await wait(20);
    assert.equal((await rig.truth()).writes().length, length);
  });

  it('a request ends the hold at once', async () => {
    rig = await ServoStopRig.start('so101');
    await rig.drive();
    const atMs = rig.signal('SIGTERM');
    await rig.event('stopped');
    await wait(500);
    const status: HoldStatus | null = await holdStatus(rig.holdSocketPath);
    assert.equal(status?.robot, 'so101');
    assert.equal(await stopHold(rig.holdSocketPath), true);
    const truth = await rig.truth();
    for (const id of IDS) assert.equal(truth.changed('torqueEnable', id, atMs)?.value, 2);
    while (rig.isWatchdogAlive()) await wait(20);
  });

  it('a watchdog process that dies or hangs stops the robot within 200 ms', async () => {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      rig = await ServoStopRig.start('so101');
      await rig.drive({ stopMode: 'torque-off' });
      const atMs = monotonicMs();
      process.kill(rig.watchdogPid, signal);
      const { code } = await rig.event('fault');
      assert.equal(code, 'E_WATCHDOG_LOST');
      await wait(300);
      const truth = await rig.truth();
      for (const id of IDS) {
        const changed = truth.changed('torqueEnable', id, atMs);
        assert.equal(changed?.value, 0);
        assert.ok(changed.atMs - atMs < 200, `${changed.atMs - atMs} ms after ${signal}`);
      }
      await rig.stop();
    }
    rig = null;
  });
});
