import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { reasonName } from '../../../src/robot/reasons.ts';
import type { CommandMode, JointLimits, StopMode } from '../../../src/robot/robot-spec.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const PERIOD_S = 0.1;

/** One armed joint at a position; `ask` checks one command with the joint at a position and returns the result and its reasons. */
class OneJoint {
  readonly guard: StatefulGuard;
  private readonly position: number;
  private readonly velocity: number;

  constructor(
    commandMode: CommandMode,
    limits: JointLimits,
    options: { stopMode?: StopMode; position?: number; velocity?: number } = {},
  ) {
    const robot = robotOf({ joints: [{ commandMode, limits, stopMode: options.stopMode ?? 'hold' }] });
    this.guard = new StatefulGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 1 });
    this.position = options.position ?? 0;
    this.velocity = options.velocity ?? 0;
    this.guard.arm(readingOf({ positions: [this.position], velocities: [this.velocity] }));
  }

  ask(target: number, position = this.position, velocity = this.velocity): [number, ...string[]] {
    const reading = readingOf({ positions: [position], velocities: [velocity] });
    const { targets, reasonCodes } = this.guard.checkNext({ targets: Float64Array.of(target) }, reading);
    return [Math.round(targets[0]! * 1e9) / 1e9, ...reasonCodes.map(reasonName)];
  }
}

describe('a position joint', () => {
  it('keeps targets in its range', () => {
    const joint = new OneJoint('position', { minPositionRadOrM: -1, maxPositionRadOrM: 2 });
    assert.deepEqual(joint.ask(1.5), [1.5]);
    assert.deepEqual(joint.ask(2.5), [2, 'positionLimit']);
    assert.deepEqual(joint.ask(-7), [-1, 'positionLimit']);
  });

  it('moves from the previous command, not from the present position', () => {
    const joint = new OneJoint('position', { maxVelocityRadOrMPerS: 1 });
    assert.deepEqual(joint.ask(5, 0), [0.1, 'velocityLimit']);
    assert.deepEqual(joint.ask(5, 0), [0.2, 'velocityLimit']);
    assert.deepEqual(joint.ask(5, -3), [0.3, 'velocityLimit']);
    assert.deepEqual(joint.ask(0.25, -3), [0.25]);
  });

  it('accelerates by a_max dt per tick up to v_max', () => {
    const joint = new OneJoint('position', { maxVelocityRadOrMPerS: 0.5, maxAccelerationRadOrMPerS2: 2 });
    assert.deepEqual(joint.ask(5), [0.02, 'accelerationLimit']);
    assert.deepEqual(joint.ask(5), [0.06, 'accelerationLimit']);
    assert.deepEqual(joint.ask(5), [0.11, 'velocityLimit']);
  });

  it('reports both reasons when range and speed clip a command', () => {
    const joint = new OneJoint('position', { maxPositionRadOrM: 1, maxVelocityRadOrMPerS: 1 });
    assert.deepEqual(joint.ask(5), [0.1, 'positionLimit', 'velocityLimit']);
  });

  it('starts at the present position when armed', () => {
    const joint = new OneJoint('position', { maxVelocityRadOrMPerS: 1 }, { position: 1.3 });
    assert.deepEqual(joint.ask(1.3), [1.3]);
    assert.deepEqual(joint.ask(0), [1.2, 'velocityLimit']);
  });

  it('holds its previous command while it stops, also when the load moves the joint', () => {
    const joint = new OneJoint('position', {}, { stopMode: 'hold' });
    joint.ask(0.7);
    joint.guard.stop(null);
    assert.deepEqual(joint.ask(2, 0.4), [0.7, 'stopping']);
  });

  it('follows the joint after a fault with torque off, no faster than its limits', () => {
    const joint = new OneJoint('position', { maxVelocityRadOrMPerS: 1 }, { stopMode: 'torque-off' });
    joint.guard.fault(new SoftqdError('E_INTERNAL', 'broken'));
    assert.deepEqual(joint.ask(2, -0.05), [-0.05, 'faulted']);
    assert.deepEqual(joint.ask(2, -9), [-0.15, 'faulted']);
  });
});

describe('a velocity joint', () => {
  it('keeps velocities and their change within the limits, braking excepted', () => {
    const joint = new OneJoint('velocity', { maxVelocityRadOrMPerS: 1, maxAccelerationRadOrMPerS2: 4 });
    assert.deepEqual(joint.ask(0.3), [0.3]);
    assert.deepEqual(joint.ask(3), [0.7, 'velocityLimit', 'accelerationLimit']);
    assert.deepEqual(joint.ask(3), [1, 'velocityLimit']);
    assert.deepEqual(joint.ask(-1), [0.6, 'accelerationLimit']);
    joint.guard.stop(null);
    assert.deepEqual(joint.ask(1), [0.2, 'stopping']);
    assert.deepEqual(joint.ask(1), [0, 'stopping']);
  });

  it('stops before its position limit and beyond it only returns', () => {
    const joint = new OneJoint('velocity', { minPositionRadOrM: -1, maxPositionRadOrM: 1 });
    assert.deepEqual(joint.ask(5, 0.9), [1, 'positionLimit']);
    assert.deepEqual(joint.ask(5, 1), [0, 'positionLimit']);
    assert.deepEqual(joint.ask(5, 1.2), [0, 'positionLimit']);
    assert.deepEqual(joint.ask(-5, 1.2), [-5]);
    assert.deepEqual(joint.ask(-5, -0.8), [-2, 'positionLimit']);
  });

  it('brakes early enough for its deceleration', () => {
    const joint = new OneJoint('velocity', { maxPositionRadOrM: 1, maxAccelerationRadOrMPerS2: 2 }, { velocity: 3 });
    // 0.8 rad/s for 0.1 s and 0.8²/4 rad of braking are 0.24 rad.
    assert.deepEqual(joint.ask(3, 0.76), [0.8, 'positionLimit']);
  });

  it('keeps its velocity at zero with acceleration limit 0 and without position limit', () => {
    const joint = new OneJoint('velocity', { maxAccelerationRadOrMPerS2: 0 });
    assert.deepEqual(joint.ask(1), [0, 'accelerationLimit']);
  });

  it('does not exceed its position limit in a closed loop', () => {
    const joint = new OneJoint('velocity', {
      maxPositionRadOrM: 1,
      maxVelocityRadOrMPerS: 3,
      maxAccelerationRadOrMPerS2: 10,
    });
    let position = 0;
    for (let tick = 0; tick < 100; tick++) position += joint.ask(3, position)[0] * PERIOD_S;
    assert.ok(position <= 1 + 1e-9 && position > 0.99, `came to ${position}`);
  });
});

describe('an effort joint', () => {
  it('keeps effort and its change within the limits', () => {
    const joint = new OneJoint('effort', { maxEffortNmOrN: 2, maxEffortRateNmOrNPerS: 15 });
    assert.deepEqual(joint.ask(1), [1]);
    assert.deepEqual(joint.ask(5), [2, 'effortLimit']);
    assert.deepEqual(joint.ask(-2), [0.5, 'rateLimit']);
    assert.deepEqual(joint.ask(-9), [-1, 'effortLimit', 'rateLimit']);
  });

  it('keeps small efforts to their sign', () => {
    const joint = new OneJoint('effort', { maxEffortNmOrN: 0.5 });
    assert.deepEqual(joint.ask(0.7), [0.5, 'effortLimit']);
    assert.deepEqual(joint.ask(-0.7), [-0.5, 'effortLimit']);
  });

  it('names only the limits that cut an effort to none', () => {
    const limits = {
      ...{ minPositionRadOrM: -1, maxPositionRadOrM: 1 },
      maxVelocityRadOrMPerS: 4,
      maxEffortRateNmOrNPerS: 10,
    };
    for (const [first, position, velocity] of [
      [-1, 1, 0],
      [1, -1, 0],
      [-1, 0, 4],
      [1, 0, -4],
    ] as const) {
      const joint = new OneJoint('effort', limits);
      joint.ask(first, 0, 0);
      // The rate allows to return to exactly 0.
      assert.deepEqual(joint.ask(-2 * first, position, velocity), [0, 'rateLimit']);
    }
  });

  it('has no commanded motion: it is at rest, and its memory has no velocity and no -0', () => {
    const joint = new OneJoint('effort', { maxEffortNmOrN: 2 });
    assert.equal(joint.guard.isAtRest, true);
    const zeros = { previousTargets: [0], previousVelocities: [0], previousRequests: [0] };
    assert.deepEqual(joint.guard.save(), zeros);
    joint.ask(-0);
    assert.deepEqual(joint.guard.save(), zeros);
    joint.ask(1);
    assert.equal(joint.guard.isAtRest, true);
    assert.deepEqual(joint.guard.save(), { ...zeros, previousTargets: [1] });
    joint.guard.restore(joint.guard.save());
    assert.deepEqual(joint.guard.save(), { ...zeros, previousTargets: [1] });
  });

  it('does not push further out at a position limit, but may push back', () => {
    const joint = new OneJoint('effort', { minPositionRadOrM: -1, maxPositionRadOrM: 1 });
    assert.deepEqual(joint.ask(0.5, 0.99), [0.5]);
    assert.deepEqual(joint.ask(0.5, 1), [0, 'positionLimit']);
    assert.deepEqual(joint.ask(-0.5, 1.1), [-0.5]);
    assert.deepEqual(joint.ask(-0.5, -1), [0, 'positionLimit']);
    assert.deepEqual(joint.ask(0.5, -1.5), [0.5]);
  });

  it('does not speed up further at a velocity limit, but may brake', () => {
    const joint = new OneJoint('effort', { maxVelocityRadOrMPerS: 4 });
    assert.deepEqual(joint.ask(0.5, 0, 3.9), [0.5]);
    assert.deepEqual(joint.ask(0.5, 0, 4), [0, 'velocityLimit']);
    assert.deepEqual(joint.ask(-0.5, 0, 9), [-0.5]);
    assert.deepEqual(joint.ask(-0.5, 0, -4), [0, 'velocityLimit']);
  });

  it('stops with no effort, or with one against the motion when damped', () => {
    for (const stopMode of ['hold', 'torque-off'] as const) {
      const joint = new OneJoint('effort', { maxEffortNmOrN: 2, maxVelocityRadOrMPerS: 4 }, { stopMode });
      joint.guard.stop(null);
      assert.deepEqual(joint.ask(1, 0, 3), [0, 'stopping']);
    }
    const damped = new OneJoint('effort', { maxEffortNmOrN: 2, maxVelocityRadOrMPerS: 4 }, { stopMode: 'damp' });
    damped.guard.stop(null);
    assert.deepEqual(damped.ask(1, 0, 3), [-1.5, 'stopping']);
    assert.deepEqual(damped.ask(1, 0, -30), [2, 'stopping']);
    const unlimited = new OneJoint('effort', { maxEffortNmOrN: 2 }, { stopMode: 'damp' });
    unlimited.guard.stop(null);
    assert.deepEqual(unlimited.ask(1, 0, 3), [0, 'stopping']);
  });

  it('reduces the effort of a damped joint to 0 at once, and builds it up by its rate', () => {
    for (const sign of [1, -1]) {
      const limits = { maxEffortNmOrN: 2, maxVelocityRadOrMPerS: 4, maxEffortRateNmOrNPerS: 5 };
      const joint = new OneJoint('effort', limits, { stopMode: 'damp' });
      for (let tick = 0; tick < 4; tick++) joint.ask(sign * 2);
      assert.deepEqual(joint.ask(sign * 2), [sign * 2]);
      joint.guard.stop(null);
      const [effort] = joint.ask(0, 0, 0);
      assert.equal(effort + 0, 0);
      assert.deepEqual(joint.ask(0, 0, sign * 4), [sign * -0.5, 'stopping']);
      assert.deepEqual(joint.ask(0, 0, sign * 4), [sign * -1, 'stopping']);
    }
  });
});

describe('limits of a robot file', () => {
  it('are rejected with the joint name when they are contradictory', () => {
    for (const limits of [
      { minPositionRadOrM: 1, maxPositionRadOrM: -1 },
      { maxVelocityRadOrMPerS: -1 },
      { maxEffortNmOrN: NaN },
      { minPositionRadOrM: NaN },
    ]) {
      const robot = robotOf({ joints: [{ name: 'wrist', commandMode: 'position', limits }] });
      assert.throws(
        () => new StatefulGuard(robot, { controlPeriodS: 0.1, readingMaxAgeS: 1 }),
        (error: unknown) => {
          assert.ok(error instanceof SoftqdError);
          assert.equal(error.code, 'E_ROBOT_FILE');
          assert.match(error.message, /wrist/);
          return true;
        },
      );
    }
  });

  it('need a control period and an age limit above zero', () => {
    const robot = robotOf({ joints: [{ commandMode: 'effort' }] });
    for (const options of [
      { controlPeriodS: 0, readingMaxAgeS: 1 },
      { controlPeriodS: Infinity, readingMaxAgeS: 1 },
      { controlPeriodS: 0.1, readingMaxAgeS: NaN },
      { controlPeriodS: 0.1, readingMaxAgeS: -1 },
    ]) {
      assert.throws(() => new StatefulGuard(robot, options), { code: 'E_CONFIG_VALUE' });
    }
  });
});
