import { GUARD_REASON } from '../robot/reasons.ts';
import type { StopMode } from '../robot/robot-spec.ts';
import { brakingDistance, brakingSpeed, clamp } from './braking.ts';
import type { JointInput, JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/** Relative error of a sum or product of a few numbers. */
const ROUNDING = 1e-9;

/** Speeds of the next step, and why the speed that reaches the target now is not one of them. */
interface SpeedRange {
  readonly low: number;
  readonly high: number;
  readonly mask: ReasonMask;
}

/**
 * Position targets. x: previous command, v: its signed velocity, dt: time since it, r: velocity of the request, a and vMax: limits
 * (after arming scaled by the start-up), brake(d): see brakingSpeed. All in the joint's unit and seconds.
 *
 *   inside = clamp(target, min, max)                          flag position, if it differs
 *   lo, hi = clamp(q - D, min, max), clamp(q + D, min, max)   q: measured position, D: largest distance of a command from it
 *   range  = [(lo - x) / dt, (hi - x) / dt]                   distance
 *   range  = [clamp(-brake(x - min), range), clamp(brake(max - x), range)]  position: can stop before it
 *   range  = [clamp(-vMax, range), clamp(vMax, range)]        velocity yields to both
 *   range  = [clamp(v - a dt, range), clamp(v + a dt, range)] acceleration yields to all
 *   r      = clamp((inside - requested) / dt, -vMax, vMax)    requested: inside of the step before
 *   u      = (inside - x) / dt                                velocity that gets there now
 *
 * The target passes unaltered if u is in the range and either x = requested (the joint is not behind) or |u - r| <= a dt (it arrives
 * with a velocity from which it can continue with the request). Otherwise w = clamp(r + sign(u - r) brake(|u - r| dt), range) and the
 * command is x + w dt: a joint that is behind catches up without moving past a target that stays where it is. Flagged is the limit
 * whose bound cuts u (the tightest; of equal ones position, then velocity), acceleration where none does. dt = 0: the previous
 * command, within lo and hi.
 *
 * Orderly stop: w = v, slower by a dt, not beyond 0. Immediate stop: hold and damp repeat the previous command, torque-off follows the
 * joint within the limits of position and velocity.
 */
export class PositionLimiter implements JointLimiter {
  readonly initial: JointMemory;
  private readonly limits: ResolvedLimits;
  private readonly stopMode: StopMode;
  private readonly isMotionLimited: boolean;

  constructor(limits: ResolvedLimits, stopMode: StopMode) {
    this.limits = limits;
    this.stopMode = stopMode;
    this.isMotionLimited = limits.maxVelocity < Infinity || limits.maxAcceleration < Infinity;
    this.initial = restAt(this.clampToRange(0));
  }

  reset(position: number): JointMemory {
    return restAt(this.clampToRange(position));
  }

  limit(memory: JointMemory, target: number, input: JointInput): LimitedTarget {
    const { previous } = memory;
    const { dtS, scale } = input;
    const inside = this.clampToRange(target);
    const mask = inside === target ? NO_REASON : reasonBit(GUARD_REASON.positionLimit);
    if (!this.isMotionLimited || dtS === 0) return this.withoutMotion(memory, inside, { input, mask });
    const maxVelocity = scale * this.limits.maxVelocity;
    const maxAcceleration = scale * this.limits.maxAcceleration;
    const request = clamp(finite((inside - memory.requested) / dtS), -maxVelocity, maxVelocity);
    const direct = finite((inside - previous) / dtS);
    const range = this.speedRange(memory, inside, input);
    const arrives = previous === memory.requested || Math.abs(direct - request) <= maxAcceleration * dtS;
    if (range.mask === NO_REASON && arrives) {
      // Over a huge distance the division by dt rounds: a speed within the range may still end too far from the joint.
      const near = this.nearMeasured(inside, input);
      const isNear = near === inside;
      const why = isNear ? mask : mask | reasonBit(GUARD_REASON.distanceLimit);
      return this.moveTo(memory, isNear ? inside : near, { wanted: direct, inside, mask: why, input });
    }
    const behind = direct - request;
    const catchUp = brakingSpeed(Math.abs(behind) * dtS, maxAcceleration, dtS);
    const wanted = finite(clamp(behind < 0 ? request - catchUp : request + catchUp, range.low, range.high));
    const command = this.nearMeasured(this.clampToRange(finite(previous + wanted * dtS)), input);
    const why = range.mask === NO_REASON ? reasonBit(GUARD_REASON.accelerationLimit) : range.mask;
    // Rounding may have caught up exactly.
    return this.moveTo(memory, command, { wanted, inside, mask: command === target ? NO_REASON : mask | why, input });
  }

  /** A command that its joint has brought to another velocity resumes from rest. */
  private moveTo(
    { velocity }: JointMemory,
    command: number,
    { wanted, inside, mask, input }: { wanted: number; inside: number; mask: ReasonMask; input: JointInput },
  ): LimitedTarget {
    const { maxVelocity, maxAcceleration } = this.limits;
    const isFast = Math.abs(wanted) > input.scale * maxVelocity * (1 + ROUNDING);
    const isForced = Math.abs(wanted - velocity) > input.scale * maxAcceleration * input.dtS * (1 + ROUNDING);
    return at(command, mask, {
      previous: command + 0,
      velocity: isFast || isForced ? 0 : clamp(wanted, -maxVelocity, maxVelocity) + 0,
      requested: inside + 0,
    });
  }

  /** Without limits of its motion the target, in no time the previous command; each near the joint. */
  private withoutMotion(
    memory: JointMemory,
    inside: number,
    { input, mask }: { readonly input: JointInput; readonly mask: ReasonMask },
  ): LimitedTarget {
    const kept = this.isMotionLimited ? memory.previous : inside;
    const command = this.nearMeasured(kept, input);
    if (command !== kept) return at(command, mask | reasonBit(GUARD_REASON.distanceLimit), restAt(command));
    if (!this.isMotionLimited) return at(inside, mask, restAt(inside));
    return at(command, inside === command ? mask : mask | reasonBit(GUARD_REASON.velocityLimit), memory);
  }

  decelerate(memory: JointMemory, { dtS }: JointInput): LimitedTarget {
    const { velocity } = memory;
    const change = this.limits.maxAcceleration * dtS;
    if (dtS === 0) return at(memory.previous, NO_REASON, memory);
    if (Math.abs(velocity) <= change) return this.repeat(memory);
    const moved = this.moved(memory, velocity > 0 ? velocity - change : velocity + change, dtS);
    return at(moved.previous, NO_REASON, { ...moved, requested: moved.previous });
  }

  restPosition({ previous, velocity }: JointMemory): number {
    return this.clampToRange(previous + brakingDistance(velocity, this.limits.maxAcceleration));
  }

  stop(memory: JointMemory, { position, dtS }: JointInput): LimitedTarget {
    if (this.stopMode !== 'torque-off' || !Number.isFinite(position)) return this.repeat(memory);
    const { previous } = memory;
    const { maxVelocity } = this.limits;
    const reach = maxVelocity === Infinity ? Infinity : maxVelocity * dtS;
    const target = clamp(this.clampToRange(position), previous - reach, previous + reach);
    return at(target, NO_REASON, restAt(target));
  }

  isAtRest({ velocity }: JointMemory): boolean {
    return velocity === 0;
  }

  restore({ previous, velocity, requested }: JointMemory): JointMemory {
    const { maxVelocity } = this.limits;
    return {
      previous: this.clampToRange(previous),
      velocity: clamp(velocity, -maxVelocity, maxVelocity),
      requested: this.clampToRange(requested),
    };
  }

  /** The lowest position that the range and the distance to the joint allow. */
  private nearest({ position }: JointInput): number {
    const { maxDistance } = this.limits;
    return maxDistance === Infinity ? this.limits.minPosition : this.clampToRange(position - maxDistance);
  }

  /** The highest one. */
  private farthest({ position }: JointInput): number {
    const { maxDistance } = this.limits;
    return maxDistance === Infinity ? this.limits.maxPosition : this.clampToRange(position + maxDistance);
  }

  private nearMeasured(command: number, input: JointInput): number {
    return clamp(command, this.nearest(input), this.farthest(input));
  }

  /** The speeds that all limits allow, and which of them does not allow to be at `target` now. */
  private speedRange({ previous, velocity }: JointMemory, target: number, input: JointInput): SpeedRange {
    const { dtS, scale } = input;
    const { minPosition, maxPosition } = this.limits;
    const maxVelocity = scale * this.limits.maxVelocity;
    const maxAcceleration = scale * this.limits.maxAcceleration;
    const change = maxAcceleration * dtS;
    const back = (this.nearest(input) - previous) / dtS;
    const on = (this.farthest(input) - previous) / dtS;
    const brakeLow = -brakingSpeed(previous - minPosition, maxAcceleration, dtS);
    const brakeHigh = brakingSpeed(maxPosition - previous, maxAcceleration, dtS);
    const lowest = clamp(brakeLow, back, on);
    const highest = clamp(brakeHigh, back, on);
    const slow = clamp(-maxVelocity, lowest, highest);
    const fast = clamp(maxVelocity, lowest, highest);
    const low = clamp(velocity - change, slow, fast);
    const high = clamp(velocity + change, slow, fast);
    let mask = NO_REASON;
    // Compared as positions: a target made by the same sum is the same number.
    if (target > previous + high * dtS)
      mask = reasonOfBound([high < fast, fast < highest, highest < brakeHigh || low === back]);
    if (target < previous + low * dtS)
      mask = reasonOfBound([low > slow, slow > lowest, lowest > brakeLow || high === on]);
    return { low, high, mask };
  }

  private moved({ previous, requested }: JointMemory, velocity: number, dtS: number): JointMemory {
    const target = this.clampToRange(finite(previous + velocity * dtS));
    return { previous: target + 0, velocity, requested };
  }

  private repeat({ previous }: JointMemory): LimitedTarget {
    return at(previous, NO_REASON, restAt(previous));
  }

  private clampToRange(position: number): number {
    return clamp(position, this.limits.minPosition, this.limits.maxPosition);
  }
}

/** Of a bound that is tighter than the next: acceleration, velocity, distance; else position. */
function reasonOfBound([isAcceleration, isVelocity, isDistance]: readonly [boolean, boolean, boolean]): ReasonMask {
  if (isAcceleration) return reasonBit(GUARD_REASON.accelerationLimit);
  if (isVelocity) return reasonBit(GUARD_REASON.velocityLimit);
  return reasonBit(isDistance ? GUARD_REASON.distanceLimit : GUARD_REASON.positionLimit);
}

/** Two targets far from each other must not make a velocity infinite. */
function finite(value: number): number {
  return clamp(value, -Number.MAX_VALUE, Number.MAX_VALUE);
}

function restAt(position: number): JointMemory {
  return { previous: position + 0, velocity: 0, requested: position + 0 };
}

function at(target: number, mask: ReasonMask, memory: JointMemory): LimitedTarget {
  return { target, mask, memory };
}
