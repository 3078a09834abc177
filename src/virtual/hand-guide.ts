import { NS_PER_S } from '../base/clock.ts';
import type { JointSpec, RobotSpec } from '../robot/robot-spec.ts';
import type { Mechanics } from './mechanics.ts';
import type { JointDrive } from './port.ts';

/** Phases of hand guiding. Each is emitted at its start; `middle` and `end` when the joints have arrived. */
export type HandGuideEvent =
  /** Every joint without torque rests in the middle of its range, for `REST_S`. */
  | { readonly event: 'hand-guiding'; readonly phase: 'middle' }
  | { readonly event: 'hand-guiding'; readonly phase: 'range'; readonly joint: string }
  | {
      readonly event: 'hand-guiding';
      readonly phase: 'end';
      readonly joint: string;
      readonly end: 'lowest' | 'highest';
    };

export interface HandGuideOptions {
  readonly robot: RobotSpec;
  readonly mechanics: Mechanics;
  readonly onEvent: (event: HandGuideEvent) => void;
}

/** How long all joints rest in the middle: time to press Enter. */
const REST_S = 6;
const HALF_RANGE_S = 0.9;
const WHOLE_RANGE_S = 1.6;
/** Time at an end stop: several samples of a calibration. */
const DWELL_S = 0.2;
/** Tolerance of a target as a fraction of the range: less than one step of a servo. */
const ARRIVAL_FRACTION = 2e-4;
/** A target that is not reached within this time (a stuck joint, a narrower end stop) is abandoned. */
const MOVE_TIMEOUT_S = 1;
/** A continuous joint is turned this far to both sides, in its unit: past the point opposite to its middle. */
const FREE_TRAVEL = 1.1 * Math.PI;
/** In stall efforts of the joint's motor per unit, unit a second, unit second: 55 rad/s, about critically damped, on a motor of 20 ms. */
const STIFFNESS = 60;
const DAMPING = 2.2;
const INTEGRAL = 600;
/** How much stronger than the motor. */
const EFFORT_FACTOR = 3;

interface GuideMotion {
  readonly from: number;
  readonly to: number;
  readonly startNs: number;
  readonly seconds: number;
}

/** One guided joint. */
interface GuidedJoint {
  readonly name: string;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Efforts in N m or N. */
  readonly stall: number;
  glide: GuideMotion | null;
  integral: number;
}

/**
 * Simulates hand guiding by an operator: moves every joint without torque smoothly through its range, one joint after the other, rests
 * all of them in the middle, and repeats. It applies efforts; it releases a joint as soon as its torque is on.
 */
export class HandGuide {
  private readonly mechanics: Mechanics;
  private readonly onEvent: (event: HandGuideEvent) => void;
  private readonly grips: readonly GuidedJoint[];
  private readonly pushes: Float64Array;
  private script: Iterator<(nowNs: number) => boolean> | null = null;
  private condition: (nowNs: number) => boolean = () => true;

  constructor({ robot, mechanics, onEvent }: HandGuideOptions) {
    this.mechanics = mechanics;
    this.onEvent = onEvent;
    this.grips = robot.joints.map((joint, i) => ({
      ...travelOf(joint),
      name: joint.name,
      stall: mechanics.motors[i]!.stallEffortNmOrN,
      glide: null,
      integral: 0,
    }));
    this.pushes = new Float64Array(robot.joints.length);
  }

  /** Efforts on the joints until the next physics step, N m or N; 0 where the motor has torque. */
  efforts(drives: readonly JointDrive[], nowNs: number): Float64Array {
    for (const [i, grip] of this.grips.entries()) {
      if (drives[i]!.kind !== 'torque-off') grip.glide = null;
      else if (grip.glide === null) {
        grip.integral = 0;
        this.moveTo(i, grip.middle, HALF_RANGE_S, nowNs);
      }
    }
    this.update(nowNs);
    for (const [i, grip] of this.grips.entries()) this.pushes[i] = this.effort(i, grip, nowNs);
    return this.pushes;
  }

  private update(nowNs: number): void {
    if (this.grips.every((_, i) => !this.isGuided(i))) {
      this.script = null;
      return;
    }
    if (this.script === null)
      this.condition = (this.script = this.guideSequence()).next().value as (nowNs: number) => boolean;
    if (!this.condition(nowNs)) return;
    const next = this.script.next();
    if (next.done === true) this.script = null;
    else this.condition = next.value;
  }

  /** One pass over all joints; yields the conditions to wait for. */
  private *guideSequence(): Generator<(nowNs: number) => boolean> {
    let nowNs = 0;
    const seen = (condition: (nowNs: number) => boolean) => (atNs: number) => {
      nowNs = atNs;
      return condition(atNs);
    };
    const during = (seconds: number) => {
      const untilNs = nowNs + seconds * NS_PER_S;
      return seen((atNs) => atNs >= untilNs);
    };
    yield seen((atNs) => this.grips.every((_, i) => !this.isGuided(i) || this.hasArrived(i, atNs)));
    this.onEvent({ event: 'hand-guiding', phase: 'middle' });
    yield during(REST_S);
    for (const [i, grip] of this.grips.entries()) {
      if (!this.isGuided(i)) continue;
      this.onEvent({ event: 'hand-guiding', phase: 'range', joint: grip.name });
      for (const end of ['lowest', 'highest'] as const) {
        // Torque may be on again by now.
        if (!this.isGuided(i)) break;
        this.moveTo(i, end === 'lowest' ? grip.low : grip.high, end === 'lowest' ? HALF_RANGE_S : WHOLE_RANGE_S, nowNs);
        yield seen((atNs) => !this.isGuided(i) || this.hasArrived(i, atNs));
        if (!this.isGuided(i)) break;
        this.onEvent({ event: 'hand-guiding', phase: 'end', joint: grip.name, end });
        yield during(DWELL_S);
      }
      // The next joint does not wait for the return of this one.
      if (this.isGuided(i)) this.moveTo(i, grip.middle, HALF_RANGE_S, nowNs);
    }
  }

  private moveTo(joint: number, to: number, seconds: number, startNs: number): void {
    this.grips[joint]!.glide = { from: this.mechanics.positions[joint]!, to, startNs, seconds };
  }

  private isGuided(joint: number): boolean {
    return this.grips[joint]!.glide !== null;
  }

  private hasArrived(joint: number, nowNs: number): boolean {
    const { glide, low, high } = this.grips[joint]!;
    const sinceS = (nowNs - glide!.startNs) / NS_PER_S - glide!.seconds;
    const beside = Math.abs(this.mechanics.positions[joint]! - glide!.to);
    return sinceS >= MOVE_TIMEOUT_S || (sinceS >= 0 && beside <= ARRIVAL_FRACTION * (high - low));
  }

  /** PID effort toward the present setpoint of the joint. */
  private effort(joint: number, grip: GuidedJoint, nowNs: number): number {
    const { glide, stall } = grip;
    if (glide === null) return 0;
    const { from, to, startNs, seconds } = glide;
    const part = Math.min(1, Math.max(0, (nowNs - startNs) / NS_PER_S / seconds));
    const aim = from + (to - from) * part * part * (3 - 2 * part);
    const aimPerS = ((to - from) * 6 * part * (1 - part)) / seconds;
    const error = aim - this.mechanics.positions[joint]!;
    grip.integral = clip(grip.integral + INTEGRAL * error * this.mechanics.stepS, 1);
    const drag = DAMPING * (aimPerS - this.mechanics.velocities[joint]!);
    return stall * clip(STIFFNESS * error + grip.integral + drag, EFFORT_FACTOR);
  }
}

function travelOf({ limits }: JointSpec): { readonly low: number; readonly middle: number; readonly high: number } {
  const { minPositionRadOrM: low = -FREE_TRAVEL, maxPositionRadOrM: high = FREE_TRAVEL } = limits;
  return { low, middle: (low + high) / 2, high };
}

function clip(value: number, largest: number): number {
  return Math.max(-largest, Math.min(largest, value));
}
