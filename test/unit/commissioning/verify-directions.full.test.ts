import assert from 'node:assert/strict';
import { silentLogger } from '../../../src/base/logger.ts';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import type { SoftqdError } from '../../../src/base/errors.ts';
import { verifyDirections, type VerifiedDirection } from '../../../src/commissioning/index.ts';
import { expectedMotion } from '../../../src/commissioning/calibration/expected-motion.ts';
import { connectServos } from '../../../src/driver/index.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { StopRequests } from '../../../src/runs/stop-requests/index.ts';
import { createGuard, stopPlan } from '../../../src/safety/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { startVirtualArm, type VirtualArm } from '../../support/virtual-arm.ts';

/** The robot file of softqd with the servo of one joint mounted the other way round. */
function reversed(robot: RobotSpec, joint: number): RobotSpec {
  const servoBus = robot.servoBus!;
  const servos = servoBus.servos.map((servo, i) =>
    i === joint ? { ...servo, direction: servo.direction === 1 ? (-1 as const) : (1 as const) } : servo,
  );
  return { ...robot, servoBus: { ...servoBus, servos } };
}

/** The servo IDs of two joints are exchanged. */
function exchanged(robot: RobotSpec, a: number, b: number): RobotSpec {
  const servoBus = robot.servoBus!;
  const ids = servoBus.servos.map(({ id }) => id);
  const servos = servoBus.servos.map((servo, i) => ({ ...servo, id: i === a ? ids[b]! : i === b ? ids[a]! : ids[i]! }));
  return { ...robot, servoBus: { ...servoBus, servos } };
}

/** Judged by the joints of the virtual arm: the person who is asked sees them. */
for (const name of ['so101', 'koch'] as const) {
  describe(`verifyDirections, ${name}`, function () {
    this.timeout(180_000);
    // On a loaded machine a joint may not settle in time.
    this.retries(1);
    let arm: VirtualArm | null = null;
    before(function () {
      requireAddon(this);
    });
    afterEach(() => arm?.close());

    /** `change`: the robot file that softqd has. Resolves with the true motion of all joints during each of the motions. */
    async function verify(change: (robot: RobotSpec) => RobotSpec): Promise<{
      readonly failure: SoftqdError | null | undefined;
      readonly directions: readonly VerifiedDirection[];
      readonly truth: readonly (readonly number[])[];
    }> {
      const { robot: device, path, mechanics } = (arm = startVirtualArm(name));
      const robot = change({ ...device, readingMaxAgeS: 2 });
      const clock = new MonotonicClock();
      const connected = await connectServos({
        ...{ protocol: robot.servoBus!.protocol, address: path, robot, calibration: null, clock, logger: silentLogger },
        ...{ controlPeriodS: 0.02, commandTimeoutMs: 1000, reconnectTimeoutMs: 0 },
      });
      const { driver } = connected;
      const truth: number[][] = [];
      let before = [...mechanics.positions];
      try {
        const verified = await verifyDirections({
          ...{ driver, clock, periodS: 0.02, plan: stopPlan(robot), stops: new StopRequests() },
          guard: createGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 2, clock }),
          ask: (question) => {
            const motion = [...mechanics.positions].map((position, i) => position - before[i]!);
            truth.push(motion);
            const index = truth.length - 1;
            const seen = expectedMotion(device, index, { positions: before, by: motion[index]! });
            return Promise.resolve(Math.abs(motion[index]!) > 0.03 && directionIn(question) === directionIn(seen));
          },
          onMotion: () => (before = [...mechanics.positions]),
          onVerified: (direction) => directions.push(direction),
        });
        return { failure: verified?.stop.failure, directions, truth };
      } finally {
        await driver.close();
      }
    }
    let directions: VerifiedDirection[] = [];
    beforeEach(() => (directions = []));

    it('each joint really moves as commanded, and no other one', async () => {
      const { failure, truth } = await verify((robot) => robot);
      assert.equal(failure, null, failure?.message);
      assert.equal(directions.length, 6);
      for (const [i, { joint, commanded, measured, seen }] of directions.entries()) {
        assert.equal(seen, true, joint);
        assert.ok(Math.abs(commanded) <= 0.1 + 1e-9, joint);
        assert.ok(Math.abs(truth[i]![i]! - measured) < 0.02, `${joint}: ${truth[i]![i]} measured ${measured}`);
        assert.ok(truth[i]![i]! / commanded > 0.5 && truth[i]![i]! / commanded < 1.5, joint);
        for (const [other, motion] of truth[i]!.entries())
          if (other !== i) assert.ok(Math.abs(motion) < 0.02, `${joint} moved joint ${other} by ${motion}`);
      }
    });

    for (const [what, change] of [
      ['a servo that is mounted the other way round', (robot: RobotSpec) => reversed(robot, 2)],
      ['exchanged servo IDs', (robot: RobotSpec) => exchanged(robot, 2, 3)],
    ] as const) {
      it(`finds ${what}, names the joint, and moves no further one`, async () => {
        const { failure, truth } = await verify(change);
        assert.equal(failure?.code, 'E_CALIBRATION', failure?.message);
        assert.match(failure.message, /direction of elbow_flex is not proven/);
        assert.equal(directions.length, 3);
        assert.ok(Math.max(...truth.flat().map(Math.abs)) < 0.15);
      });
    }
  });
}

function directionIn(text: string): string | undefined {
  return /positive|negative|up|down|forward|backward|left|right/.exec(text)?.[0];
}
