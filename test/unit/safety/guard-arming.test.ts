import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { createGuard, type Guard, type GuardMemory } from '../../../src/safety/index.ts';
import { arm, guardOf, LIMITS, refusal, still } from '../../support/guarded-arm.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const OPTIONS = { controlPeriodS: 0.02, readingMaxAgeS: 0.05 };

function oneJoint(minPositionRadOrM: number, maxPositionRadOrM: number): RobotSpec {
  const limits = { ...LIMITS, minPositionRadOrM, maxPositionRadOrM };
  return robotOf({ kind: 'hardware', joints: [{ name: 'shoulder', commandMode: 'position', limits }] });
}

function armedAt(robot: RobotSpec, position: number): { guard: Guard; memory: GuardMemory } {
  const guard = createGuard(robot, OPTIONS);
  return { guard, memory: guard.arm(guard.initialMemory, readingOf({ positions: [position] })) };
}

describe('arming a hardware joint outside its range', () => {
  it('is allowed up to 0.1 beyond either end', () => {
    for (const [low, high, position] of [
      [0, 2, -0.1],
      [0, 2, -0.05],
      [-2, 0, 0.1],
      [-2, 0, 0.05],
      [-2, 2, 2.09],
      [-2, 2, -2.09],
    ] as const)
      assert.equal(armedAt(oneJoint(low, high), position).guard.state, 'armed', String(position));
  });

  it('is refused further out at either end, with the distance', () => {
    for (const [position, outside] of [
      [2.11, 0.11],
      [-2.11, 0.11],
      [-3, 1],
    ] as const) {
      const error = refusal(() => armedAt(oneJoint(-2, 2), position));
      assert.equal(error.code, 'E_SAFETY_STATE');
      assert.ok(Math.abs((error.values['outside'] as number) - outside) < 1e-9, `${position}: ${error.message}`);
    }
  });
});

describe('arming', () => {
  it('names the one limit that is missing', () => {
    const limits = {
      minPositionRadOrM: -2,
      maxPositionRadOrM: 2,
      maxVelocityRadOrMPerS: 4,
      maxAccelerationRadOrMPerS2: 9,
    };
    const robot = robotOf({ kind: 'hardware', joints: [{ name: 'shoulder', commandMode: 'position', limits }] });
    const error = refusal(() => armedAt(robot, 0));
    assert.equal(error.code, 'E_SAFETY_LIMITS_MISSING');
    assert.deepEqual(error.values['missing'], ['shoulder.maxEffortNmOrN']);
  });

  it('does not count time: a supply or a load at its limit stops the robot only once it has lasted', () => {
    const health = {
      supply: { warnMinV: 6, stopMinV: 5, stopMaxV: 9, forS: 0.5 },
      load: { warn: 0.7, stop: 0.9, stopS: 1 },
    };
    const guard = createGuard({ ...oneJoint(-2, 2), health }, OPTIONS);
    const reading = { ...readingOf({ positions: [0] }), health: [{ temperatureC: null, supplyV: 4.9, load: 0.95 }] };
    guard.arm(guard.initialMemory, reading);
    assert.equal(guard.state, 'armed');
  });

  it('takes a reading for a new one where there is no clock, also at the beginning of an episode', () => {
    const guard = guardOf(arm(), { readingMaxAgeS: 1e-12 });
    guard.arm(still);
    guard.beginEpisode(readingOf({ positions: [1.5, 0] }));
    assert.deepEqual(guard.save().previousTargets, [1.5, 0]);
  });

  it('says in its refusal why the robot is not disarmed', () => {
    const guard = guardOf(arm());
    guard.arm(still);
    assert.deepEqual(refusal(() => guard.arm(still)).values, { state: 'armed', reason: null });
    guard.fault(new SoftqdError('E_TIMEOUT', 'the bus is silent'));
    assert.deepEqual(refusal(() => guard.arm(still)).values, { state: 'faulted', reason: 'E_TIMEOUT' });
  });
});

describe('the targets that a robot is held at', () => {
  it('are the last commands of an armed hardware robot whose position is known', () => {
    const { guard, memory } = armedAt(oneJoint(-2, 2), 0.5);
    assert.deepEqual(guard.heldTargets(memory), Float64Array.of(0.5));
    assert.equal(guard.heldTargets({ ...memory, hasReference: false }), null);
    guard.stop(null);
    assert.equal(guard.heldTargets(memory), null);
    guard.disarm();
    assert.equal(guard.heldTargets(memory), null);
  });

  it('are none for a simulated robot, which a reset moves', () => {
    const { guard, memory } = armedAt({ ...oneJoint(-2, 2), kind: 'simulated' }, 0.5);
    assert.equal(guard.heldTargets(memory), null);
  });
});

describe('a restored guard', () => {
  it('has the saved commands', () => {
    const guard = guardOf(arm());
    const saved = { previousTargets: [0.5, 0.25], previousVelocities: [1, 0], previousRequests: [0.75, 0] };
    guard.restore(saved);
    assert.deepEqual(guard.save(), saved);
  });

  it('is refused when any number is not finite, the first one, too', () => {
    const guard = guardOf(arm());
    const saved = guard.save();
    for (const key of ['previousTargets', 'previousVelocities', 'previousRequests'] as const) {
      for (const values of [[NaN, 0], [0, NaN], [Infinity, 0], [0]])
        assert.equal(
          refusal(() => guard.restore({ ...saved, [key]: values })).code,
          'E_CHECKPOINT',
          `${key} ${values.join()}`,
        );
    }
  });
});

describe('the memory before the first reading', () => {
  it('has each joint at rest at 0, or at the end of its range that is nearest to it', () => {
    for (const [low, high, expected] of [
      [-2, 2, 0],
      [1, 2, 1],
      [-2, -1, -1],
    ] as const) {
      const { initialMemory } = createGuard(oneJoint(low, high), OPTIONS);
      assert.deepEqual(initialMemory.joints, [{ previous: expected, velocity: 0, requested: expected }]);
    }
  });
});
