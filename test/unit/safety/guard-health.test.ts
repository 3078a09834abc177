import assert from 'node:assert/strict';
import type { JointHealth, Reading } from '../../../src/robot/reading.ts';
import { reasonName } from '../../../src/robot/reasons.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { createGuard, type GuardMemory } from '../../../src/safety/index.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const LIMITS = {
  minPositionRadOrM: -3,
  maxPositionRadOrM: 3,
  maxVelocityRadOrMPerS: 1,
  maxAccelerationRadOrMPerS2: 100,
  maxEffortNmOrN: 1,
};
const robot: RobotSpec = {
  ...robotOf({
    kind: 'hardware',
    joints: [
      { commandMode: 'position', limits: LIMITS },
      { commandMode: 'position', limits: LIMITS },
    ],
    controlPeriodS: 0.02,
  }),
  health: {
    temperature: { warnC: 50, derateC: 60, stopC: 70 },
    supply: { warnMinV: 6, stopMinV: 5, stopMaxV: 9, forS: 0.5 },
    load: { warn: 0.7, stop: 0.9, stopS: 1 },
  },
  safety: {
    startUp: { fraction: 1, timeS: 0 },
    readingLossFaultS: 0.3,
    followingErrorS: 1e6,
    stallS: 1e6,
    blockableJoints: [],
    workspace: null,
  },
};

const FINE: JointHealth = { temperatureC: 30, supplyV: 7.4, load: 0 };

/** A guard that gets a command of 2 rad for both joints every 20 ms; the joints follow. */
class HealthRig {
  readonly warnings: string[] = [];
  readonly guard = createGuard(robot, {
    controlPeriodS: 0.02,
    readingMaxAgeS: 0.1,
    onWarning: ({ message }) => void this.warnings.push(message),
  });
  memory: GuardMemory;
  nowNs = 0;
  positions = [0, 0];
  reasons: readonly string[] = [];

  constructor(health: Partial<JointHealth> = {}) {
    this.memory = this.guard.arm(this.guard.initialMemory, this.reading(health));
  }

  /** Distance that each joint was commanded to move in `ticks`. */
  run(ticks: number, health: Partial<JointHealth>): readonly number[] {
    const before = [...this.positions];
    for (let i = 0; i < ticks && this.guard.state === 'armed'; i++) {
      this.nowNs += 20e6;
      const command = { sequence: 0, targets: Float64Array.of(2, 2) };
      const input = { command, reading: this.reading(health), nowNs: this.nowNs };
      const { safeCommand, memory } = this.guard.check(this.memory, input);
      this.memory = memory;
      this.positions = [...safeCommand.targets];
      this.reasons = safeCommand.reasonCodes.map(reasonName);
    }
    return this.positions.map((position, i) => position - before[i]!);
  }

  private reading(health: Partial<JointHealth>): Reading {
    const reading = readingOf({ positions: this.positions, arrivalNs: this.nowNs });
    return { ...reading, health: [{ ...FINE, ...health }, FINE] };
  }
}

describe('the guard and the condition of the motors', () => {
  it('slows down a hot joint alone, and counts it', () => {
    const rig = new HealthRig();
    rig.run(10, {});
    assert.deepEqual(rig.reasons, ['velocityLimit']);
    const [hot, cool] = rig.run(20, { temperatureC: 65 });
    assert.ok(Math.abs(cool! - 0.4) < 1e-9);
    assert.ok(hot! < 0.25 && hot! > 0.2, `${hot!}`);
    assert.ok(rig.reasons.includes('deratingLimit'));
    assert.ok((rig.guard.clips.get('deratingLimit') ?? 0) >= 20);
    assert.equal(rig.warnings.length, 1);
    assert.match(rig.warnings[0]!, /^joint0: motor at 65 °C/);
    assert.equal(rig.guard.state, 'armed');
  });

  it('decelerates at the limit of temperature, and keeps the reason', () => {
    const rig = new HealthRig();
    rig.run(10, {});
    const [moved] = rig.run(10, { temperatureC: 70 });
    // At 1 rad/s and 100 rad/s² it is at rest in the first tick.
    assert.deepEqual([rig.guard.state, rig.guard.reason?.code, moved], ['stopping', 'E_OVERHEATED', 0]);
    assert.ok(rig.reasons.includes('stopping'));
  });

  it('stops for a supply or a load that stays outside, and warns before', () => {
    const supply = new HealthRig();
    supply.run(24, { supplyV: 4.9 });
    assert.equal(supply.guard.state, 'armed');
    supply.run(2, { supplyV: 4.9 });
    assert.equal(supply.guard.reason?.code, 'E_SUPPLY_VOLTAGE');
    const weak = new HealthRig();
    weak.run(50, { supplyV: 5.5 });
    assert.deepEqual([weak.guard.state, weak.warnings.length], ['armed', 1]);
    const load = new HealthRig();
    load.run(49, { load: -0.95 });
    assert.equal(load.guard.state, 'armed');
    load.run(2, { load: -0.95 });
    assert.equal(load.guard.reason?.code, 'E_OVERLOADED');
  });

  it('does not arm a robot with a motor at its limit', () => {
    assert.throws(() => new HealthRig({ temperatureC: 71 }), { code: 'E_OVERHEATED' });
  });

  it('works without values of the driver', () => {
    const rig = new HealthRig({ temperatureC: null, supplyV: null, load: null });
    rig.run(50, { temperatureC: null, supplyV: NaN, load: null });
    assert.equal(rig.guard.state, 'armed');
  });
});
