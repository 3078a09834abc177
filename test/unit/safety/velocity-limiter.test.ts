import assert from 'node:assert/strict';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import { NO_REASON, reasonBit } from '../../../src/safety/reason-set.ts';
import { commandedToMeasured } from '../../../src/safety/recovering.ts';
import { VelocityLimiter } from '../../../src/safety/velocity-limiter.ts';
import { createGuard } from '../../../src/safety/index.ts';
import { resolveLimits } from '../../../src/safety/limits.ts';
import type { JointLimits } from '../../../src/robot/robot-spec.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

/** Numbers with few binary digits, so that the sums are exact. */
const PERIOD_S = 0.5;
const ZERO = { previous: 0, velocity: 0, requested: 0 };
const robotWith = (limits: JointLimits) => robotOf({ joints: [{ commandMode: 'velocity', limits }] });
const limiterOf = (limits: JointLimits): VelocityLimiter =>
  new VelocityLimiter(resolveLimits(robotWith(limits).joints[0]!), PERIOD_S);
const at = (position: number) => ({ position, velocity: 0, dtS: PERIOD_S, scale: 1 });

describe('a velocity joint', () => {
  it('is at rest before the first reading', () => {
    assert.deepEqual(limiterOf({}).initial, ZERO);
  });

  it('is within its velocity limit when it is armed in motion, and the same wherever it is', () => {
    const limiter = limiterOf({ maxVelocityRadOrMPerS: 2 });
    for (const [velocity, previous] of [
      [1, 1],
      [3, 2],
      [-3, -2],
    ] as const) {
      assert.deepEqual(limiter.reset(0.25, velocity), { ...ZERO, previous });
      assert.deepEqual(limiter.restore({ previous: velocity, velocity: 0, requested: 0 }), { ...ZERO, previous });
    }
  });

  it('keeps the previous velocity alone, never -0', () => {
    const limiter = limiterOf({ maxVelocityRadOrMPerS: 2 });
    assert.deepEqual(limiter.limit(ZERO, 1, at(0)).memory, { ...ZERO, previous: 1 });
    assert.deepEqual(limiter.reset(0, -0), ZERO);
    assert.deepEqual(limiter.limit(ZERO, -0, at(0)).memory, ZERO);
    assert.deepEqual(limiter.stop(), { target: 0, mask: NO_REASON, memory: ZERO });
  });

  it('is not flagged at exactly the speed from which it can stop', () => {
    const limiter = limiterOf({ minPositionRadOrM: -1, maxPositionRadOrM: 1 });
    for (const sign of [1, -1]) {
      const allowed = limiter.limit(ZERO, sign, at(sign * 0.5));
      assert.deepEqual([allowed.target, allowed.mask], [sign, NO_REASON]);
      const cut = limiter.limit(ZERO, sign * 1.5, at(sign * 0.5));
      assert.deepEqual([cut.target, cut.mask], [sign, reasonBit(GUARD_REASON.positionLimit)]);
    }
  });

  it('rests where one period and then braking bring it', () => {
    const limiter = limiterOf({ maxAccelerationRadOrMPerS2: 4 });
    for (const [previous, expected] of [
      [2, 1 + 2 * PERIOD_S + 2 ** 2 / (2 * 4)],
      [-2, 1 - 2 * PERIOD_S - 2 ** 2 / (2 * 4)],
      [0, 1],
    ] as const)
      assert.equal(limiter.restPosition({ ...ZERO, previous }, at(1)), expected);
  });

  it('is commanded to rest while its servo recovers', () => {
    const robot = robotWith({ maxVelocityRadOrMPerS: 2 });
    const { initialMemory } = createGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 1 });
    const memory = { ...initialMemory, joints: [{ ...ZERO, previous: 1 }] };
    const reading = readingOf({ positions: [0.25], velocities: [1.5] });
    const limiters = [limiterOf({ maxVelocityRadOrMPerS: 2 })];
    assert.deepEqual(commandedToMeasured(limiters, memory, reading, new Set([0])).joints, [ZERO]);
    assert.deepEqual(commandedToMeasured(limiters, memory, reading, new Set()).joints, memory.joints);
  });
});
