import assert from 'node:assert/strict';
import { MonotonicClock } from '../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { ErrorCode } from '../../src/base/error-codes.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import { connectServos, type Body, type Resetter } from '../../src/body/index.ts';
import { checkReading, type Reading } from '../../src/robot/reading.ts';
import { startVirtualDevice } from '../../src/simulator/index.ts';
import { requireAddon } from '../support/addon.ts';
import { connect, startRobot } from '../support/rosbridge.ts';
import { unguardedForTest } from '../support/safe-command.ts';
import { loadRobot, robotDirectory } from '../support/simulator.ts';

/** A robot that moves in real time, and its body. */
interface Stand {
  readonly body: Body;
  readonly resetter: Resetter;
  /** The code of the loss. */
  readonly lost: ErrorCode;
  /** The robot goes away for good. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

function servoStand(name: 'so101' | 'koch'): () => Promise<Stand> {
  return async () => {
    const robot = loadRobot(name);
    const device = await startVirtualDevice({
      robot,
      robotDirectory: robotDirectory(name),
      protocol: null,
      faults: null,
      seed: 1,
      calibrated: true,
      truthFile: null,
      linkPath: null,
      onEvent: () => undefined,
    });
    const { body, resetter } = await connectServos({
      protocol: robot.servoBus!.protocol,
      address: device.path!,
      robot,
      calibration: null,
      controlPeriodS: robot.controlPeriodS,
      // The device steps its physics in this process, too.
      commandTimeoutMs: 5000,
      reconnectForMs: 0,
      clock: new MonotonicClock(),
      logger: silentLogger,
    });
    return {
      body,
      resetter,
      lost: 'E_SERIAL_LOST',
      lose: () => device.close(),
      stop: async () => {
        await body.close();
        await device.close();
      },
    };
  };
}

async function rosbridgeStand(): Promise<Stand> {
  const spec = loadRobot('so101');
  const robot = await startRobot(spec);
  const { body, resetter } = await connect(robot.url, { robot: spec, reconnectForMs: 0 });
  return {
    body,
    resetter,
    lost: 'E_ROSBRIDGE_LOST',
    lose: () => robot.server.stop(),
    stop: async () => {
      await body.close();
      await robot.stop();
    },
  };
}

/** The next things readings$ says. */
function listen(body: Body): { readonly readings: Reading[]; readonly ended: Promise<unknown> } {
  const readings: Reading[] = [];
  const ended = new Promise((resolve) => {
    body.readings$.subscribe({
      next: (reading) => readings.push(reading),
      error: resolve,
      complete: () => resolve('complete'),
    });
  });
  return { readings, ended };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

for (const [name, open, needsAddon] of [
  ['ServoBody on virtual Feetech servos', servoStand('so101'), true],
  ['ServoBody on virtual Dynamixel servos', servoStand('koch'), true],
  ['RosbridgeBody on a robot in ROS', rosbridgeStand, false],
] as const) {
  describe(`Body contract in real time: ${name}`, function () {
    this.timeout(60_000);
    let stand: Stand;
    before(function () {
      if (needsAddon) requireAddon(this);
    });
    beforeEach(async () => {
      stand = await open();
    });
    afterEach(() => stand.stop());

    it('gives readings that fit the robot file, in order, without being asked', async () => {
      const { readings } = listen(stand.body);
      await until(() => readings.length >= 10);
      readings.forEach((reading, i) => {
        checkReading(reading, stand.body.spec);
        if (i === 0) return;
        assert.ok(reading.sequence > readings[i - 1]!.sequence);
        assert.ok(reading.arrivalNs >= readings[i - 1]!.arrivalNs);
      });
    });

    it('a reset resolves with a reading of now', async () => {
      const clock = new MonotonicClock();
      const beforeNs = clock.nowNs();
      const reading = await stand.resetter.reset({ qpos: new Float64Array(6), qvel: new Float64Array(6) });
      assert.ok(reading.arrivalNs > beforeNs - 1e9);
    });

    it('arms where the robot is, then goes where it is told', async () => {
      const { readings } = listen(stand.body);
      await until(() => readings.length > 0);
      const from = [...readings.at(-1)!.positions];
      await stand.body.arm();
      await until(() => readings.length > 2);
      const armed = readings.at(-1)!.positions;
      from.forEach((position, i) => assert.ok(Math.abs(armed[i]! - position) < 0.2, `joint ${i} jumped`));
      const goal = [...armed].map((position, i) => (i === 0 ? position + 0.3 : position));
      let sequence = 0;
      const beat = setInterval(() => stand.body.apply(unguardedForTest(sequence++, goal)), 20);
      await until(() => Math.abs(readings.at(-1)!.positions[0]! - goal[0]!) < 0.05).finally(() => clearInterval(beat));
    });

    it('reports what it sent, in an array of its own', async () => {
      const { readings } = listen(stand.body);
      await until(() => readings.length > 0);
      await stand.body.arm();
      const command = unguardedForTest(7, [...readings.at(-1)!.positions]);
      const applied = stand.body.apply(command);
      command.targets.fill(9);
      assert.equal(applied.sequence, 7);
      // In steps of 4096 a turn.
      applied.targets.forEach((target, i) => assert.ok(Math.abs(target - readings.at(-1)!.positions[i]!) < 0.2));
    });

    it('never speaks before apply has returned', async () => {
      const { readings } = listen(stand.body);
      await until(() => readings.length > 0);
      await stand.body.arm();
      for (let i = 0; i < 20; i++) {
        const { length } = readings;
        stand.body.apply(unguardedForTest(i, [...readings.at(-1)!.positions]));
        assert.equal(readings.length, length);
        await until(() => readings.length > length);
      }
    });

    it('ends readings$ with the loss for everyone, now and later, and then refuses commands', async () => {
      const first = listen(stand.body);
      await stand.lose();
      assert.ok((await first.ended) instanceof SoftqdError);
      const error = await listen(stand.body).ended;
      assert.ok(error instanceof SoftqdError);
      assert.equal(error.code, stand.lost);
      assert.equal(await listen(stand.body).ended, error);
      assert.throws(() => stand.body.apply(unguardedForTest(0, [])), { code: stand.lost });
      await assert.rejects(stand.body.arm(), { code: stand.lost });
    });

    it('can be disarmed at any time, lost or closed', async () => {
      await stand.body.arm();
      await stand.body.disarm('a person said so');
      await stand.lose();
      await stand.body.disarm('lost');
      await stand.body.close();
      await stand.body.disarm('closed');
    });

    it('completes readings$ when it is closed, also twice', async () => {
      const { ended } = listen(stand.body);
      await stand.body.close();
      await stand.body.close();
      assert.equal(await ended, 'complete');
      assert.equal(await listen(stand.body).ended, 'complete');
      assert.throws(() => stand.body.apply(unguardedForTest(0, [])), { code: stand.lost });
    });
  });
}
