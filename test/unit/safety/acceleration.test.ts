import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { CommandMode, JointLimits } from '../../../src/robot/robot-spec.ts';
import { StatefulGuard } from '../../support/stateful-guard.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const PERIOD_S = 0.02;
const ARM: JointLimits = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 2,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 30,
};

/** A joint that follows its commands exactly, at times that a test chooses. */
class Joint {
  readonly guard: StatefulGuard;
  readonly commands: number[] = [];
  readonly velocities: number[] = [];
  nowNs = 1e9;
  private position = 0;
  private readonly commandMode: CommandMode;

  constructor(commandMode: CommandMode = 'position', limits = ARM) {
    this.commandMode = commandMode;
    const robot = robotOf({ joints: [{ commandMode, limits }] });
    this.guard = new StatefulGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 10 });
    this.guard.arm(this.reading());
  }

  /** The command after `dtS`. */
  send(target: number, dtS = PERIOD_S): number {
    this.nowNs += dtS * 1e9;
    const command = this.guard.check({ targets: Float64Array.of(target) }, this.reading(), this.nowNs).targets[0]!;
    const next = this.commandMode === 'position' ? command : this.position + command * dtS;
    this.velocities.push((next - this.position) / dtS);
    this.commands.push(command);
    this.position = next;
    return command;
  }

  private reading(): ReturnType<typeof readingOf> {
    return readingOf({ positions: [this.position], arrivalNs: this.nowNs });
  }
}

function largestAcceleration(velocities: readonly number[]): number {
  return Math.max(...velocities.map((velocity, i) => Math.abs(velocity - (velocities[i - 1] ?? 0)) / PERIOD_S));
}

describe('the acceleration of a position command', () => {
  it('is limited when it slows down and reverses, too', () => {
    const joint = new Joint();
    for (let tick = 0; tick < 200; tick++) joint.send(tick % 20 < 10 ? 1 : -1);
    assert.ok(Math.max(...joint.velocities.map(Math.abs)) > 2);
    const largest = largestAcceleration(joint.velocities);
    assert.ok(largest <= 30 * (1 + 1e-9), `${largest} rad/s²`);
  });

  it('brakes before a position limit, which it reaches and does not pass', () => {
    const joint = new Joint();
    // A target beyond the limit, then one that the limit cuts while the joint is fast.
    for (let tick = 0; tick < 100; tick++) joint.send(5);
    assert.ok(Math.max(...joint.commands) <= 2);
    assert.ok(2 - joint.commands.at(-1)! < 1e-9);
    assert.ok(Math.max(...joint.velocities) > 2.9, 'it was fast before');
    assert.ok(largestAcceleration(joint.velocities) <= 30 * (1 + 1e-9));
  });

  it('reaches a target that stays where it is without passing it', () => {
    for (const target of [0.01, 0.1, 0.5, 1.9]) {
      const joint = new Joint();
      for (let tick = 0; tick < 100; tick++) joint.send(target);
      assert.ok(Math.max(...joint.commands) <= target, `${Math.max(...joint.commands)} beyond ${target}`);
      assert.equal(joint.commands.at(-1), target);
      assert.ok(largestAcceleration(joint.velocities) <= 30 * (1 + 1e-9));
    }
  });

  it('catches up with a target that moves within the limits, then passes it unaltered', () => {
    const joint = new Joint();
    const targets = Array.from({ length: 60 }, (_, tick) => 1.5 * PERIOD_S * (tick + 1));
    const commands = targets.map((target) => joint.send(target));
    assert.notEqual(commands[0], targets[0]);
    assert.deepEqual(commands.slice(20), targets.slice(20));
  });

  it('allows steps relative to the previous command at the full velocity of a task', () => {
    const joint = new Joint();
    for (let tick = 0; tick < 20; tick++) joint.send((joint.commands.at(-1) ?? 0) + 1.5 * PERIOD_S);
    assert.ok(Math.abs(joint.velocities.at(-1)! - 1.5) < 1e-9);
    assert.ok(Math.abs(joint.velocities[2]! - 1.5) < 1e-9, 'after three ticks of 0.6 rad/s');
  });
});

describe('the time between commands', () => {
  it('is measured: two ticks 0.8 ms apart move by 0.8 ms worth', () => {
    const joint = new Joint('position', { ...ARM, maxAccelerationRadOrMPerS2: 1e4 });
    joint.send(2);
    const before = joint.send(2);
    const after = joint.send(2, 0.0008);
    assert.ok(Math.abs(after - before - 3 * 0.0008) < 1e-12, `moved ${after - before}`);
  });

  it('moves a command for at most two periods, from rest after a longer pause', () => {
    const joint = new Joint('position', { ...ARM, maxAccelerationRadOrMPerS2: 1e4 });
    joint.send(2);
    const before = joint.send(2);
    assert.ok(Math.abs(joint.send(2, 0.04) - before - 3 * 0.04) < 1e-12);
    const slow = new Joint();
    for (let tick = 0; tick < 10; tick++) slow.send(2);
    const held = slow.commands.at(-1)!;
    assert.ok(Math.abs(slow.send(2, 0.5) - held - 30 * 0.04 * 0.04) < 1e-12);
  });

  it('does not move a command when time stands still, goes backwards or is not a number', () => {
    const joint = new Joint();
    const reading = readingOf({ positions: [0], arrivalNs: joint.nowNs });
    const to = (nowNs: number): number =>
      joint.guard.check({ targets: Float64Array.of(2) }, reading, nowNs).targets[0]!;
    const first = to(joint.nowNs);
    assert.ok(first > 0);
    for (const nowNs of [joint.nowNs, joint.nowNs - 1e6, joint.nowNs, NaN]) assert.equal(to(nowNs), first);
  });
});

describe('an orderly stop', () => {
  for (const mode of ['position', 'velocity'] as const) {
    it(`decelerates a ${mode} joint within its limit, then stays at rest`, () => {
      const joint = new Joint(mode);
      const ask = (): number => joint.send(mode === 'position' ? 2 : 3, PERIOD_S);
      for (let tick = 0; tick < 8; tick++) ask();
      assert.equal(joint.guard.isAtRest, false);
      joint.guard.stop(null);
      for (let tick = 0; tick < 8; tick++) ask();
      const speeds = joint.velocities.slice(-8);
      for (const [i, expected] of [2.4, 1.8, 1.2, 0.6, 0, 0, 0].entries()) {
        assert.ok(Math.abs(speeds[i]! - expected) < 1e-9, `${i}: ${speeds[i]}`);
      }
      assert.equal(joint.guard.isAtRest, true);
    });
  }

  it('is at rest from the start for a joint that has not moved, and after a fault at once', () => {
    const joint = new Joint();
    assert.equal(joint.guard.isAtRest, true);
    for (let tick = 0; tick < 5; tick++) joint.send(2);
    assert.equal(joint.guard.isAtRest, false);
    joint.guard.fault(new SoftqdError('E_INTERNAL', 'broken'));
    const last = joint.commands.at(-1)!;
    assert.equal(joint.send(2), last);
    assert.equal(joint.guard.isAtRest, true);
  });
});
