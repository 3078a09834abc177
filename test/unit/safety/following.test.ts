import assert from 'node:assert/strict';
import { reasonName } from '../../../src/robot/reasons.ts';
import type { JointLimits } from '../../../src/robot/robot-spec.ts';
import { DEFAULT_SAFETY, type SafetySpec } from '../../../src/robot/safety-spec.ts';
import { readingOf, robotOf } from '../../support/robots.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';

const PERIOD_S = 0.02;
const LIMITS: JointLimits = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 2,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 40,
  maxEffortNmOrN: 1,
  maxCommandDistanceRadOrM: 0.3,
};
const NO_START_UP: SafetySpec = { ...DEFAULT_SAFETY, startUp: { fraction: 1, timeS: 0 } };

/** A hardware joint whose position a test sets. */
class Joint {
  readonly guard: StatefulGuard;
  position = 0;
  velocity = 0;
  command = 0;

  constructor(safety: Partial<SafetySpec> = {}, kind: 'hardware' | 'simulated' = 'hardware', start = 0) {
    this.position = start;
    const robot = robotOf({ kind, joints: [{ name: 'shoulder', commandMode: 'position', limits: LIMITS }] });
    this.guard = new StatefulGuard(
      { ...robot, safety: { ...NO_START_UP, ...safety } },
      { controlPeriodS: PERIOD_S, readingMaxAgeS: 0.06 },
    );
    this.guard.arm(readingOf({ positions: [start] }));
  }

  send(target: number): string[] {
    const reading = readingOf({ positions: [this.position], velocities: [this.velocity] });
    const { targets, reasonCodes } = this.guard.checkNext({ targets: Float64Array.of(target) }, reading);
    this.command = targets[0]!;
    return reasonCodes.map(reasonName);
  }

  /** Sends until the guard stops it because of a fault, for at most `seconds`; the time it took. */
  untilFault(target: (timeS: number) => number, seconds: number): number {
    for (let tick = 0; tick * PERIOD_S < seconds; tick++) {
      this.send(target(tick * PERIOD_S));
      if (this.guard.state !== 'armed') return tick * PERIOD_S;
    }
    return Infinity;
  }
}

describe('the distance of a command to the measured joint', () => {
  it('is limited: a joint that does not move is not commanded further away', () => {
    const joint = new Joint({ stallS: 5, followingErrorS: 5 });
    let reasons: string[] = [];
    for (let tick = 0; tick < 40; tick++) reasons = joint.send(1.5);
    assert.deepEqual([joint.command, reasons], [0.3, ['distanceLimit']]);
    for (let tick = 0; tick < 60; tick++) joint.send(-1.5);
    assert.equal(joint.command, -0.3);
  });

  it('has precedence over velocity: the command follows a joint that is moved away', () => {
    const joint = new Joint({ stallS: 5, followingErrorS: 5 });
    joint.send(0);
    joint.position = 0.9;
    const reasons = joint.send(0);
    assert.ok(Math.abs(joint.command - 0.6) < 1e-12, `commanded ${joint.command}`);
    assert.ok(reasons.includes('distanceLimit'));
  });

  it('yields to the position range', () => {
    const joint = new Joint({ stallS: 5, followingErrorS: 5 });
    joint.position = 2.5;
    joint.send(0);
    assert.equal(joint.command, 2);
  });
});

describe('a joint that does not follow', () => {
  it('is noticed within half a second when it is stuck, named and with its values', () => {
    const joint = new Joint();
    const timeS = joint.untilFault((t) => 1.5 * t, 2);
    assert.ok(timeS > 0.2 && timeS < 0.5, `after ${timeS} s`);
    const error = joint.guard.reason!;
    assert.equal(error.code, 'E_JOINT_STALLED');
    assert.match(error.message, /^shoulder has not moved for 0\.3. s: commanded to 0\.\d+, it is at 0\.000$/);
    assert.equal(error.values['joint'], 'shoulder');
    assert.ok(Math.abs(joint.command) <= 0.3);
  });

  it('is noticed when it lags at the largest distance in one direction', () => {
    const joint = new Joint();
    joint.velocity = 0.5;
    const timeS = joint.untilFault((t) => {
      joint.position = 0.5 * t;
      return 1.8;
    }, 2);
    assert.ok(timeS > 0.3 && timeS < 0.6, `after ${timeS} s`);
    assert.equal(joint.guard.reason?.code, 'E_FOLLOWING_ERROR');
    assert.match(joint.guard.reason.message, /^shoulder has lagged for 0\.3. s/);
  });

  it('is none while it moves at half of its maximum velocity, or is moved to and fro', () => {
    const joint = new Joint();
    joint.velocity = 1.5;
    const moving = (t: number): number => {
      joint.position = 1.5 * t;
      return 1.8;
    };
    assert.equal(joint.untilFault(moving, 0.9), Infinity);
    const swinging = new Joint();
    const period = (t: number): number => (t % 0.4 < 0.2 ? 1 : -1);
    assert.equal(swinging.untilFault(period, 3), Infinity);
  });

  it('is none in the first ticks after arming, even when the joint was moved away before', () => {
    for (const position of [0.2, -0.2, 0.9, -0.9]) {
      const joint = new Joint();
      joint.position = position;
      assert.equal(
        joint.untilFault(() => position, 0.2),
        Infinity,
      );
    }
  });

  it('counts motion of more than a few encoder steps, and none of less', () => {
    for (const [step, expected] of [
      [0.005, 'E_JOINT_STALLED'],
      [0.007, undefined],
    ] as const) {
      const joint = new Joint();
      let ticks = 0;
      const trembling = (): number => {
        joint.position = ticks++ % 2 === 0 ? 0 : step;
        return 0.25;
      };
      joint.untilFault(trembling, 1);
      assert.equal(joint.guard.reason?.code, expected);
    }
  });

  it('is noticed at its very time: the first tick at which it has lasted as long', () => {
    const joint = new Joint({ stallS: 0.1 });
    // Away from the fifth tick on; counted are ticks of 20 ms.
    const ticks: number[] = [];
    joint.untilFault((t) => {
      if (Math.abs(joint.command) > 0.15) ticks.push(t);
      return 0.25;
    }, 1);
    assert.equal(joint.guard.reason?.values['timeS'], 5 * PERIOD_S);
    assert.equal(ticks.length, 5);
  });

  it('has not lagged or stalled before it was armed', () => {
    const joint = new Joint({}, 'hardware', 0.9);
    joint.position = 0.003;
    joint.send(0.9);
    assert.equal(joint.guard.state, 'armed');
  });

  it('is measured from where it stands, anywhere in its range', () => {
    for (const start of [-1.2, 0.005, 1.2]) {
      const joint = new Joint({}, 'hardware', start);
      let ticks = 0;
      const stuck = (): number => {
        joint.position = start + (ticks++ % 2) * 0.005;
        return start + 0.25;
      };
      assert.ok(joint.untilFault(stuck, 1) < 0.5, `at ${start}`);
      const close = new Joint({}, 'hardware', start);
      assert.equal(
        close.untilFault(() => start + 0.1, 1),
        Infinity,
      );
    }
  });

  it('may be away by exactly half of the distance', () => {
    const joint = new Joint();
    assert.equal(
      joint.untilFault(() => 0.15, 1),
      Infinity,
    );
  });

  it('has lagged at the very tick at which it has lasted as long', () => {
    const joint = new Joint({ followingErrorS: 0.1, stallS: 5 });
    joint.untilFault(() => 1.8, 2);
    assert.equal(joint.guard.reason?.code, 'E_FOLLOWING_ERROR');
    assert.equal(joint.guard.reason.values['timeS'], 5 * PERIOD_S);
  });

  it('is noticed in negative direction, too', () => {
    const joint = new Joint();
    assert.ok(joint.untilFault((t) => -1.5 * t, 2) < 0.5);
    assert.equal(joint.guard.reason?.code, 'E_JOINT_STALLED');
    const lagging = new Joint();
    lagging.velocity = -0.5;
    const timeS = lagging.untilFault((t) => {
      lagging.position = -0.5 * t;
      return -1.8;
    }, 2);
    assert.ok(timeS < 0.6, `after ${timeS} s`);
    assert.equal(lagging.guard.reason?.code, 'E_FOLLOWING_ERROR');
  });

  it('is none for an error of less than half of the distance, in which a servo may stand still under load', () => {
    const joint = new Joint();
    assert.equal(
      joint.untilFault(() => 0.14, 3),
      Infinity,
    );
  });

  it('is none for a joint that moves slowly, for a gripper that closes on an object, or in simulation', () => {
    const slow = new Joint();
    const creeping = (t: number): number => {
      slow.position = 0.05 * t;
      return slow.position + 0.2;
    };
    assert.equal(slow.untilFault(creeping, 3), Infinity);
    const gripper = new Joint({ blockableJoints: ['shoulder'] });
    assert.equal(
      gripper.untilFault(() => 1, 3),
      Infinity,
    );
    const simulated = new Joint({}, 'simulated');
    assert.equal(
      simulated.untilFault(() => 1, 3),
      Infinity,
    );
    assert.equal(simulated.command, 0.3, 'the limit of its file applies');
  });

  it('starts over after an interruption and takes the times of the robot file', () => {
    const joint = new Joint({ stallS: 0.1 });
    const error = (t: number): number => (t < 0.2 ? 0.2 : 0);
    assert.ok(joint.untilFault(error, 1) < 0.3);
    const interrupted = new Joint();
    const short = (t: number): number => (t % 0.5 < 0.25 ? 0.2 : 0);
    assert.equal(interrupted.untilFault(short, 3), Infinity);
  });
});

describe('the limits after arming', () => {
  it('rise from a fraction to their full values on hardware', () => {
    const joint = new Joint({ startUp: { fraction: 0.2, timeS: 2 } });
    const speeds: number[] = [];
    let reasons: string[] = [];
    for (let tick = 0; tick < 130; tick++) {
      const before = joint.command;
      // A joint that follows, in its range.
      reasons = [...reasons, ...joint.send(tick % 40 < 20 ? 1.9 : -1.9)];
      speeds.push(Math.abs(joint.command - before) / PERIOD_S);
      joint.position = joint.command;
      joint.velocity = (joint.command - before) / PERIOD_S;
      const allowed = Math.min(1, 0.2 + (0.8 * tick * PERIOD_S) / 2);
      assert.ok(speeds.at(-1)! <= 3 * allowed * (1 + 1e-9), `${speeds.at(-1)!} at tick ${tick}`);
    }
    assert.ok(Math.abs(speeds[0]! - 0.2 * 40 * PERIOD_S) < 1e-9, `first ${speeds[0]!}`);
    assert.ok(Math.max(...speeds) > 2.9);
    assert.ok(reasons.includes('startUpLimit'));
    assert.deepEqual(joint.send(joint.command + 0.5).includes('startUpLimit'), false);
  });

  it('apply in full at once in simulation', () => {
    const joint = new Joint({ startUp: { fraction: 0.2, timeS: 2 } }, 'simulated');
    joint.send(1);
    assert.ok(Math.abs(joint.command - 40 * PERIOD_S * PERIOD_S) < 1e-12);
  });
});
