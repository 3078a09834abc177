import { GUARD_REASON } from '../robot/reasons.ts';
import type { StopMode } from '../robot/robot-spec.ts';
import type { JointLimiter, LimiterState } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/**
 * Position targets: within the range, and within previous ± v dt with v = min(v_max, |v| + a_max dt), where |v| is the speed
 * that the previous two commands asked for. Stop modes: hold and damp repeat the previous command, limp follows the joint.
 */
export class PositionLimiter implements JointLimiter {
  mask: ReasonMask = NO_REASON;
  private readonly limits: ResolvedLimits;
  private readonly stopMode: StopMode;
  private readonly periodS: number;
  private previous: number;
  private speed = 0;

  constructor(limits: ResolvedLimits, stopMode: StopMode, periodS: number) {
    this.limits = limits;
    this.stopMode = stopMode;
    this.periodS = periodS;
    this.previous = this.clampToRange(0);
  }

  reset(position: number, velocity: number): void {
    this.previous = this.clampToRange(position);
    this.speed = Math.min(Math.abs(velocity), this.limits.maxVelocity);
  }

  limit(target: number): number {
    this.mask = NO_REASON;
    let wanted = this.clampToRange(target);
    if (wanted !== target) this.mask |= reasonBit(GUARD_REASON.positionLimit);
    const { maxVelocity, maxAcceleration } = this.limits;
    const reachable = this.speed + maxAcceleration * this.periodS;
    const reason = reasonBit(reachable < maxVelocity ? GUARD_REASON.accelerationLimit : GUARD_REASON.velocityLimit);
    const reach = Math.min(reachable, maxVelocity) * this.periodS;
    if (wanted > this.previous + reach) {
      wanted = this.previous + reach;
      this.mask |= reason;
    } else if (wanted < this.previous - reach) {
      wanted = this.previous - reach;
      this.mask |= reason;
    }
    // Rounding must not count as speed, nor may two far targets without limits make it infinite.
    this.speed = Math.min(Math.abs(wanted - this.previous) / this.periodS, maxVelocity, Number.MAX_VALUE);
    this.previous = wanted + 0;
    return wanted;
  }

  stop(position: number): number {
    const follows = this.stopMode === 'torque-off' && Number.isFinite(position);
    return this.limit(follows ? position : this.previous);
  }

  save(): LimiterState {
    return { previous: this.previous, speed: this.speed };
  }

  restore({ previous, speed }: LimiterState): void {
    this.previous = this.clampToRange(previous);
    this.speed = Math.min(speed, this.limits.maxVelocity);
  }

  private clampToRange(position: number): number {
    const { minPosition, maxPosition } = this.limits;
    return position < minPosition ? minPosition : position > maxPosition ? maxPosition : position;
  }
}
