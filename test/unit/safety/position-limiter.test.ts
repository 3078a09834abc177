import assert from 'node:assert/strict';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import type { JointInput, JointMemory } from '../../../src/safety/joint-limiter.ts';
import { resolveLimits, type ResolvedLimits } from '../../../src/safety/limits.ts';
import { PositionLimiter } from '../../../src/safety/position-limiter.ts';
import { NO_REASON, reasonBit } from '../../../src/safety/reason-set.ts';

/** Numbers with few binary digits, so that the sums are exact. */
const DT_S = 0.5;
const INPUT: JointInput = { position: 0, velocity: 0, dtS: DT_S, scale: 1 };
const REST: JointMemory = { previous: 0, velocity: 0, requested: 0 };
const UNLIMITED: ResolvedLimits = resolveLimits({
  name: 'elbow',
  kind: 'revolute',
  commandMode: 'position',
  stopMode: 'hold',
  limits: {},
});

const limiterOf = (limits: Partial<ResolvedLimits>): PositionLimiter =>
  new PositionLimiter({ ...UNLIMITED, ...limits }, 'hold');

/** A memory keeps 0 as +0: JSON would lose the sign of -0. */
function assertZero({ previous, velocity, requested }: JointMemory): void {
  assert.ok([previous, velocity, requested].every((value) => Object.is(value, 0)));
}

describe('a position command that changes its velocity by exactly its limit', () => {
  it('passes unaltered although the joint is behind', () => {
    const limiter = limiterOf({ maxVelocity: 8, maxAcceleration: 2 });
    const { target, mask, memory } = limiter.limit({ ...REST, requested: 0.5 }, 0.5, INPUT);
    assert.deepEqual([target, mask], [0.5, NO_REASON]);
    assert.deepEqual(memory, { previous: 0.5, velocity: 1, requested: 0.5 });
  });
});

describe('a position command that its joint has pulled away', () => {
  const distance = reasonBit(GUARD_REASON.distanceLimit);

  it('continues from rest when that was faster than the acceleration limit', () => {
    const limiter = limiterOf({ maxVelocity: 8, maxAcceleration: 2, maxDistance: 1 });
    for (const [position, command, velocity] of [
      [1.5, 0.5, 1],
      [1.75, 0.75, 0],
      [-1.5, -0.5, -1],
      [-1.75, -0.75, 0],
    ] as const) {
      const { target, mask, memory } = limiter.limit(REST, 0, { ...INPUT, position });
      assert.deepEqual([target, mask], [command, distance]);
      assert.deepEqual(memory, { previous: command, velocity, requested: 0 });
    }
  });

  it('is near the joint also after a way in which the speeds are rounded', () => {
    const limiter = limiterOf({ maxPosition: 3, maxVelocity: 8, maxAcceleration: 2, maxDistance: 1 });
    const { target, mask } = limiter.limit({ ...REST, previous: -3e209, requested: -3e209 }, 0, {
      ...INPUT,
      position: 2.5,
    });
    assert.deepEqual([target, mask], [1.5, distance]);
  });

  it('continues from rest when that was faster than the velocity limit', () => {
    const limiter = limiterOf({ maxVelocity: 2, maxDistance: 1 });
    for (const [position, command, velocity] of [
      [2, 1, 2],
      [2.5, 1.5, 0],
      [-2.5, -1.5, 0],
    ] as const) {
      const { target, memory } = limiter.limit(REST, 0, { ...INPUT, position });
      assert.deepEqual([target, memory.velocity], [command, velocity], String(position));
      assert.equal(limiter.isAtRest(memory), velocity === 0);
    }
  });

  it('is judged by the limits that apply after arming', () => {
    const limiter = limiterOf({ maxVelocity: 8, maxAcceleration: 2, maxDistance: 1 });
    const half = { ...INPUT, position: 1.5, scale: 0.5 };
    assert.equal(limiter.limit(REST, 0, half).memory.velocity, 0);
    assert.equal(limiter.limit(REST, 0, { ...half, position: 1.25 }).memory.velocity, 0.5);
  });
});

describe('the deceleration of a position command', () => {
  const moving = { previous: 0, velocity: 3, requested: 1 };

  it('is none in no time, with and without an acceleration limit', () => {
    for (const limits of [{ maxAcceleration: 1 }, {}]) {
      const { target, memory } = limiterOf({ maxVelocity: 8, ...limits }).decelerate(moving, { ...INPUT, dtS: 0 });
      assert.deepEqual([target, memory], [0, moving]);
    }
  });

  it('is that of its limit in one second, in both directions, and ends at rest', () => {
    const limiter = limiterOf({ maxVelocity: 8, maxAcceleration: 1 });
    for (const sign of [1, -1]) {
      const before = { previous: 0.5, velocity: sign * 3, requested: 1 };
      const position = 0.5 + sign * 2;
      assert.deepEqual(limiter.decelerate(before, { ...INPUT, dtS: 1 }).memory, {
        previous: position,
        velocity: sign * 2,
        requested: position,
      });
      const slow = { ...before, velocity: sign };
      assert.deepEqual(limiter.decelerate(slow, { ...INPUT, dtS: 1 }).memory, {
        previous: 0.5,
        velocity: 0,
        requested: 0.5,
      });
    }
  });
});

describe('the memory of a position joint', () => {
  it('never has -0', () => {
    const limiter = limiterOf({ maxVelocity: 8, maxAcceleration: 2 });
    assertZero(limiter.reset(-0));
    assertZero(limiter.limit(REST, -0, INPUT).memory);
    assertZero(limiterOf({}).limit(REST, -0, INPUT).memory);
    const toMinusZero = limiterOf({ maxPosition: -0, maxAcceleration: 2 });
    const { memory } = toMinusZero.decelerate({ previous: -0.25, velocity: 3, requested: 0 }, INPUT);
    assert.ok(Object.is(memory.previous, 0));
  });
});
