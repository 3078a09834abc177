import { GUARD_REASON } from '../robot/reasons.ts';
import type { StopMode } from '../robot/robot-spec.ts';
import type { JointInput, JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/**
 * Effort targets: within ±maxEffort and previous ± rate dt; an effort that pushes further out at a stated position limit, or
 * accelerates further at a stated velocity limit, is set to 0 at once. Both stops are the stop mode: hold and torque-off send effort 0,
 * damp opposes the velocity, with the maximum effort at v_max, where both limits are stated.
 */
export class EffortLimiter implements JointLimiter {
  readonly initial: JointMemory = { previous: 0, velocity: 0, requested: 0 };
  private readonly limits: ResolvedLimits;
  private readonly dampingPerVelocity: number;

  constructor(limits: ResolvedLimits, stopMode: StopMode) {
    this.limits = limits;
    const gain = limits.maxEffort / limits.maxVelocity;
    this.dampingPerVelocity = stopMode === 'damp' && limits.maxVelocity < Infinity && Number.isFinite(gain) ? gain : 0;
  }

  reset(): JointMemory {
    return this.initial;
  }

  limit({ previous }: JointMemory, target: number, { position, velocity, dtS }: JointInput): LimitedTarget {
    let mask = NO_REASON;
    const { maxEffort } = this.limits;
    let wanted = target;
    if (wanted > maxEffort || wanted < -maxEffort) {
      wanted = wanted > 0 ? maxEffort : -maxEffort;
      mask |= reasonBit(GUARD_REASON.effortLimit);
    }
    const change = this.maxChange(dtS);
    const low = previous - change;
    const high = previous + change;
    if (wanted > high || wanted < low) {
      wanted = wanted > high ? high : low;
      mask |= reasonBit(GUARD_REASON.rateLimit);
    }
    const outward = this.outwardMask(wanted, position, velocity);
    if (outward !== NO_REASON) wanted = 0;
    if (wanted !== target) return limited(wanted, mask | outward);
    // Clipped there and back, or -0 for 0: it is the same command, so there is no reason.
    return limited(target, NO_REASON);
  }

  decelerate(memory: JointMemory, input: JointInput): LimitedTarget {
    return this.stop(memory, input);
  }

  stop({ previous }: JointMemory, { position, velocity, dtS }: JointInput): LimitedTarget {
    if (this.dampingPerVelocity === 0 || !Number.isFinite(position) || !Number.isFinite(velocity))
      return limited(0, NO_REASON);
    const { maxEffort } = this.limits;
    const opposing = Math.max(-maxEffort, Math.min(maxEffort, -this.dampingPerVelocity * velocity));
    // Reducing the effort to 0 is always allowed at once, building it up is not.
    const change = this.maxChange(dtS);
    const low = Math.min(0, previous - change);
    const high = Math.max(0, previous + change);
    const wanted = Math.max(low, Math.min(high, opposing));
    const outward = this.outwardMask(wanted, position, velocity);
    return limited(outward === NO_REASON ? wanted : 0, outward);
  }

  restore({ previous }: JointMemory): JointMemory {
    const { maxEffort } = this.limits;
    return { previous: Math.max(-maxEffort, Math.min(maxEffort, previous)), velocity: 0, requested: 0 };
  }

  restPosition(_memory: JointMemory, { position }: JointInput): number {
    return position;
  }

  isAtRest(): boolean {
    return true;
  }

  /** Without a limit a time of 0 does not make it 0 (Infinity * 0 is NaN). */
  private maxChange(dtS: number): number {
    return this.limits.maxEffortRate === Infinity ? Infinity : this.limits.maxEffortRate * dtS;
  }

  /** Why this effort must be 0: it pushes out of the range or beyond the maximum velocity. */
  private outwardMask(effort: number, position: number, velocity: number): ReasonMask {
    const { minPosition, maxPosition, maxVelocity } = this.limits;
    let mask = NO_REASON;
    if ((effort > 0 && position >= maxPosition) || (effort < 0 && position <= minPosition))
      mask |= reasonBit(GUARD_REASON.positionLimit);
    if ((effort > 0 && velocity >= maxVelocity) || (effort < 0 && velocity <= -maxVelocity))
      mask |= reasonBit(GUARD_REASON.velocityLimit);
    return mask;
  }
}

function limited(target: number, mask: ReasonMask): LimitedTarget {
  return { target, mask, memory: { previous: target + 0, velocity: 0, requested: 0 } };
}
