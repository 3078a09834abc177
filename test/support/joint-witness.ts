import assert from 'node:assert/strict';
import { GUARD_REASON } from '../../src/robot/reasons.ts';
import type { JointSpec } from '../../src/robot/robot-spec.ts';

const slack = (...values: number[]): number => 1e-12 * Math.max(1e-290, ...values.map(Math.abs));

/** The guarantees of the guard for one joint, implemented independently of its code. */
export class JointWitness {
  private previous: number | null = null;
  private velocity = 0;
  private readonly spec: JointSpec;
  private readonly periodS: number;

  constructor(spec: JointSpec, periodS: number) {
    this.spec = spec;
    this.periodS = periodS;
  }

  place(position: number, velocity: number): void {
    const {
      minPositionRadOrM: min = -Infinity,
      maxPositionRadOrM: max = Infinity,
      maxVelocityRadOrMPerS: v = Infinity,
    } = this.spec.limits;
    if (this.spec.commandMode === 'position') this.previous = Math.max(min, Math.min(max, position));
    else if (this.spec.commandMode === 'velocity') this.previous = Math.max(-v, Math.min(v, velocity));
    else this.previous = 0;
    this.velocity = 0;
  }

  see(target: number, reading: { position: number; velocity: number } | null, reasons: readonly number[]): void {
    assert.ok(Number.isFinite(target), `target ${target}`);
    const { commandMode } = this.spec;
    if (commandMode === 'position') this.seePosition(target);
    else if (commandMode === 'velocity') this.seeVelocity(target, reading, reasons);
    else this.seeEffort(target, reading);
    this.previous = target;
  }

  private seePosition(target: number): void {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxVelocityRadOrMPerS: v = Infinity, maxAccelerationRadOrMPerS2: a = Infinity } = this.spec.limits;
    assert.ok(target >= min && target <= max, `position ${target} outside ${min}..${max}`);
    if (this.previous === null) return;
    const moved = Math.abs(target - this.previous);
    const allowed = Math.min(v, this.speed + a * this.periodS) * this.periodS;
    assert.ok(moved <= allowed * (1 + 1e-9) + slack(target, this.previous), `moved ${moved}, allowed ${allowed}`);
    this.speed = moved / this.periodS;
  }

  private seeVelocity(target: number, reading: { position: number } | null, reasons: readonly number[]): void {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxVelocityRadOrMPerS: v = Infinity, maxAccelerationRadOrMPerS2: a = Infinity } = this.spec.limits;
    assert.ok(Math.abs(target) <= v, `velocity ${target} beyond ${v}`);
    if (reading !== null) {
      const { position } = reading;
      const ahead = position + target * this.periodS;
      if (target > 0) assert.ok(ahead <= max + slack(position, max), `${ahead} would be beyond ${max}`);
      if (target < 0) assert.ok(ahead >= min - slack(position, min), `${ahead} would be beyond ${min}`);
    }
    if (this.previous === null || target === 0 || reasons.includes(GUARD_REASON.positionLimit)) return;
    const change = Math.abs(target - this.previous);
    assert.ok(
      change <= a * this.periodS + slack(target, this.previous),
      `changed by ${change} with ${a} allowed a second`,
    );
  }

  private seeEffort(target: number, reading: { position: number; velocity: number } | null): void {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxEffortNmOrN: effort = Infinity, maxEffortRateNmOrNPerS: rate = Infinity } = this.spec.limits;
    const { maxVelocityRadOrMPerS: v = Infinity } = this.spec.limits;
    assert.ok(Math.abs(target) <= effort, `effort ${target} beyond ${effort}`);
    if (reading !== null) {
      assert.ok(!(target > 0 && (reading.position >= max || reading.velocity >= v)), 'pushes further up');
      assert.ok(!(target < 0 && (reading.position <= min || reading.velocity <= -v)), 'pushes further down');
    }
    if (this.previous === null || Math.abs(target) <= Math.abs(this.previous)) return;
    const change = Math.abs(target - this.previous);
    const fromZero = Math.abs(target);
    const allowed = rate * this.periodS;
    assert.ok(
      Math.min(change, fromZero) <= allowed + slack(target, this.previous),
      `changed by ${change}, allowed ${allowed}`,
    );
  }
}
