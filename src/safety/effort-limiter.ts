import { GUARD_REASON } from '../robot/reasons.ts';
import type { StopMode } from '../robot/robot-spec.ts';
import type { JointLimiter, LimiterState } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/**
 * Effort targets: within ±maxEffort and previous ± rate dt; an effort that pushes further out at a stated position limit, or
 * speeds up further at a stated velocity limit, is cut to 0 at once. Stop modes: hold and limp let go (effort 0), damp opposes the
 * velocity with the whole effort at v_max, where both limits are stated.
 */
export class EffortLimiter implements JointLimiter {
  mask: ReasonMask = NO_REASON;
  private readonly limits: ResolvedLimits;
  private readonly maxChange: number;
  private readonly dampingPerVelocity: number;
  private previous = 0;

  constructor(limits: ResolvedLimits, stopMode: StopMode, periodS: number) {
    this.limits = limits;
    this.maxChange = limits.maxEffortRate * periodS;
    const gain = limits.maxEffort / limits.maxVelocity;
    this.dampingPerVelocity = stopMode === 'damp' && limits.maxVelocity < Infinity && Number.isFinite(gain) ? gain : 0;
  }

  reset(): void {
    this.previous = 0;
  }

  limit(target: number, position: number, velocity: number): number {
    this.mask = NO_REASON;
    const { maxEffort } = this.limits;
    let wanted = target;
    if (wanted > maxEffort || wanted < -maxEffort) {
      wanted = wanted > 0 ? maxEffort : -maxEffort;
      this.mask |= reasonBit(GUARD_REASON.effortLimit);
    }
    const low = this.previous - this.maxChange;
    const high = this.previous + this.maxChange;
    if (wanted > high || wanted < low) {
      wanted = wanted > high ? high : low;
      this.mask |= reasonBit(GUARD_REASON.rateLimit);
    }
    wanted = this.dampedStop(wanted, position, velocity);
    if (wanted !== target) return this.holdTarget(wanted);
    // Altered there and back, or -0 for 0: it is the same command, so there is no reason.
    this.mask = NO_REASON;
    return this.holdTarget(target);
  }

  stop(position: number, velocity: number): number {
    this.mask = NO_REASON;
    if (this.dampingPerVelocity === 0 || !Number.isFinite(position) || !Number.isFinite(velocity))
      return this.holdTarget(0);
    const { maxEffort } = this.limits;
    const opposing = Math.max(-maxEffort, Math.min(maxEffort, -this.dampingPerVelocity * velocity));
    // Letting go is always allowed at once, building up is not.
    const low = Math.min(0, this.previous - this.maxChange);
    const high = Math.max(0, this.previous + this.maxChange);
    return this.holdTarget(this.dampedStop(Math.max(low, Math.min(high, opposing)), position, velocity));
  }

  save(): LimiterState {
    return { previous: this.previous, speed: 0 };
  }

  restore({ previous }: LimiterState): void {
    const { maxEffort } = this.limits;
    this.previous = Math.max(-maxEffort, Math.min(maxEffort, previous));
  }

  private dampedStop(effort: number, position: number, velocity: number): number {
    const { minPosition, maxPosition, maxVelocity } = this.limits;
    let result = effort;
    if ((effort > 0 && position >= maxPosition) || (effort < 0 && position <= minPosition)) {
      this.mask |= reasonBit(GUARD_REASON.positionLimit);
      result = 0;
    }
    if ((effort > 0 && velocity >= maxVelocity) || (effort < 0 && velocity <= -maxVelocity)) {
      this.mask |= reasonBit(GUARD_REASON.velocityLimit);
      result = 0;
    }
    return result;
  }

  private holdTarget(effort: number): number {
    this.previous = effort + 0;
    return effort;
  }
}
