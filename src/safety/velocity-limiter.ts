import { GUARD_REASON, type GuardReasonCode } from '../robot/reasons.ts';
import type { JointLimiter, LimiterState } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/**
 * Velocity targets: within ±v_max, within previous ± a_max dt, and slow enough to come to rest before a stated position limit
 * (at or beyond it only inwards). Braking for a position limit and stopping may exceed a_max. Every stop mode is velocity 0.
 */
export class VelocityLimiter implements JointLimiter {
  mask: ReasonMask = NO_REASON;
  private readonly limits: ResolvedLimits;
  private readonly periodS: number;
  private previous = 0;

  constructor(limits: ResolvedLimits, periodS: number) {
    this.limits = limits;
    this.periodS = periodS;
  }

  reset(_position: number, velocity: number): void {
    const { maxVelocity } = this.limits;
    this.previous = Math.max(-maxVelocity, Math.min(maxVelocity, velocity));
  }

  limit(target: number, position: number): number {
    this.mask = NO_REASON;
    const { minPosition, maxPosition, maxVelocity, maxAcceleration } = this.limits;
    const change = maxAcceleration * this.periodS;
    let wanted = this.bound(target, -maxVelocity, maxVelocity, GUARD_REASON.velocityLimit);
    wanted = this.bound(wanted, this.previous - change, this.previous + change, GUARD_REASON.accelerationLimit);
    const lowest = -this.maxStoppableSpeed(position - minPosition);
    const highest = this.maxStoppableSpeed(maxPosition - position);
    wanted = this.bound(wanted, lowest, highest, GUARD_REASON.positionLimit);
    if (wanted === target) {
      // Altered there and back, or -0 for 0: it is the same command, so there is no reason.
      this.mask = NO_REASON;
      wanted = target;
    }
    this.previous = wanted + 0;
    return wanted;
  }

  stop(): number {
    this.previous = 0;
    return 0;
  }

  save(): LimiterState {
    return { previous: this.previous, speed: 0 };
  }

  restore({ previous }: LimiterState): void {
    this.reset(0, previous);
  }

  /** Fastest speed that neither crosses `distance` within one period nor needs more than a_max to stop within it. */
  private maxStoppableSpeed(distance: number): number {
    if (!(distance > 0)) return 0;
    if (distance === Infinity) return Infinity;
    return Math.min(distance / this.periodS, Math.sqrt(2 * this.limits.maxAcceleration * distance));
  }

  private bound(value: number, low: number, high: number, reason: GuardReasonCode): number {
    if (value >= low && value <= high) return value;
    this.mask |= reasonBit(reason);
    return value < low ? low : high;
  }
}
