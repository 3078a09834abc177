import assert from 'node:assert/strict';
import { GUARD_REASON } from '../../src/robot/reasons.ts';
import type { JointSpec } from '../../src/robot/robot-spec.ts';

const slack = (...values: number[]): number => 1e-12 * Math.max(1e-290, ...values.map(Math.abs));

/** Beyond it speeds over the way are rounded to nothing, rad or m. */
const HUGE = 1e15;

interface Circumstances {
  readonly dtS: number;
  /** An immediate stop: without a limit of the acceleration. */
  readonly stops: boolean;
  readonly reasons: readonly number[];
  /** An orderly stop, which keeps to the velocity and acceleration limits, whatever the joint does. */
  readonly isHeld: boolean;
}

/** The guarantees of the guard for one joint, implemented independently of its code. */
export class JointWitness {
  private previous: number | null = null;
  private velocity = 0;
  /** The joint has moved the command: soon after arming faster than the guard's limit, which rises to the full one. */
  private wasPulled = false;
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

  /** `dtS`: the time for which the command may move. */
  see(
    target: number,
    reading: { position: number; velocity: number } | null,
    { dtS, stops, reasons, isHeld }: Circumstances,
  ): void {
    assert.ok(Number.isFinite(target), `target ${target}`);
    const { commandMode } = this.spec;
    if (commandMode === 'position')
      this.seePosition(target, { dtS, stops, near: stops || isHeld ? null : this.near(reading) });
    else if (commandMode === 'velocity') this.seeVelocity(target, reading, { dtS, stops, reasons, isHeld });
    else this.seeEffort(target, reading, dtS);
    this.previous = target;
  }

  /** The command was not renewed until the joint had come to rest. */
  rest(): void {
    this.velocity = 0;
  }

  /** Where a command may be, because of the measured joint, within the range; the range has precedence. */
  private near(reading: { position: number } | null): { readonly low: number; readonly high: number } | null {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxCommandDistanceRadOrM: distance = Infinity } = this.spec.limits;
    if (reading === null || distance === Infinity) return null;
    const within = (position: number): number => Math.max(min, Math.min(max, position));
    return { low: within(reading.position - distance), high: within(reading.position + distance) };
  }

  private seePosition(
    target: number,
    { dtS, stops, near }: { dtS: number; stops: boolean; near: { low: number; high: number } | null },
  ): void {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxVelocityRadOrMPerS: v = Infinity, maxAccelerationRadOrMPerS2: a = Infinity } = this.spec.limits;
    assert.ok(target >= min && target <= max, `position ${target} outside ${min}..${max}`);
    if (near !== null) assert.ok(target >= near.low && target <= near.high, `${target} is too far from the joint`);
    if (this.previous === null || (v === Infinity && a === Infinity)) return;
    const moved = target - this.previous;
    const rounding = slack(target, this.previous);
    // The velocity and acceleration limits yield to the distance: the command is then as near to the previous one as that allows.
    const tolerance = 1e-12 * Math.max(1, Math.abs(this.previous), Math.abs(target));
    const isAt = (edge: number): boolean => Math.abs(target - edge) <= tolerance;
    const isHuge = Math.abs(this.previous) > HUGE;
    const isPulled = near !== null && (isAt(moved > 0 ? near.low : near.high) || isHuge);
    const isHeldBack = near !== null && isAt(moved > 0 ? near.high : near.low);
    if (dtS === 0 && !stops && !isPulled) {
      assert.equal(moved, 0, 'moved in no time');
      return;
    }
    const most = v === Infinity ? Infinity : v * dtS;
    const isFast = Math.abs(moved) > most * (1 + 1e-9) + rounding;
    assert.ok(
      !isFast || isPulled,
      `${this.previous} -> ${target} in ${dtS} s with ${v} allowed, ${JSON.stringify(near)}`,
    );
    const velocity = dtS === 0 ? 0 : moved / dtS;
    const changed = Math.abs(velocity - this.velocity);
    const isForced = changed > a * dtS * (1 + 1e-9) + 1e-9 + rounding / dtS;
    assert.ok(
      !isForced || stops || isPulled || isHeldBack || this.wasPulled,
      `velocity changed by ${changed} in ${dtS} s, a ${a}`,
    );
    // It resumes from rest; after the step in which it was pulled it has resumed.
    this.velocity = stops || (isForced && (isPulled || isHeldBack)) ? 0 : velocity;
    this.wasPulled = isPulled;
  }

  private seeVelocity(
    target: number,
    reading: { position: number } | null,
    { dtS, stops, reasons }: Circumstances,
  ): void {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxVelocityRadOrMPerS: v = Infinity, maxAccelerationRadOrMPerS2: a = Infinity } = this.spec.limits;
    assert.ok(Math.abs(target) <= v, `velocity ${target} beyond ${v}`);
    if (reading !== null && !stops) {
      const { position } = reading;
      const ahead = position + target * Math.max(dtS, this.periodS);
      if (target > 0) assert.ok(ahead <= max + slack(position, max), `${ahead} would be beyond ${max}`);
      if (target < 0) assert.ok(ahead >= min - slack(position, min), `${ahead} would be beyond ${min}`);
    }
    if (this.previous === null || stops || reasons.includes(GUARD_REASON.positionLimit)) return;
    const change = Math.abs(target - this.previous);
    const allowed = a === Infinity ? Infinity : a * dtS;
    // Soon after arming the velocity limit is a part of the full one.
    if (reasons.includes(GUARD_REASON.startUpLimit) && Math.abs(target) < Math.abs(this.previous)) return;
    // A speed over a huge way is rounded, to rest at worst.
    if (reading !== null && Math.abs(reading.position) > HUGE && target === 0) return;
    if (reading !== null && this.mustBrake(reading.position, Math.abs(this.previous) - allowed, dtS)) return;
    assert.ok(
      change <= allowed + slack(target, this.previous),
      `${this.previous} -> ${target} (${reasons.join()}), allowed ${allowed}`,
    );
  }

  /** Whether `speed` in the direction of the previous command is too fast to stop before the position limit, which acceleration yields to. */
  private mustBrake(position: number, speed: number, dtS: number): boolean {
    const { minPositionRadOrM: min = -Infinity, maxPositionRadOrM: max = Infinity } = this.spec.limits;
    const { maxAccelerationRadOrMPerS2: a = Infinity } = this.spec.limits;
    const distance = this.previous! > 0 ? max - position : position - min;
    return speed * Math.max(dtS, this.periodS) + speed ** 2 / (2 * a) >= distance * (1 - 1e-9);
  }

  private seeEffort(target: number, reading: { position: number; velocity: number } | null, dtS: number): void {
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
    const allowed = rate === Infinity ? Infinity : rate * dtS;
    assert.ok(
      Math.min(change, fromZero) <= allowed + slack(target, this.previous),
      `changed by ${change}, allowed ${allowed}`,
    );
  }
}
