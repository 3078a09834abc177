import { GUARD_REASON } from '../robot/reasons.ts';
import type { JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit } from './reason-set.ts';

/**
 * Velocity targets: within ±v_max, within previous ± a_max dt, and slow enough to stop before a given position limit
 * (at or beyond it only inwards). Braking for a position limit and stopping may exceed a_max. Every stop mode is velocity 0.
 */
export class VelocityLimiter implements JointLimiter {
  readonly initial: JointMemory = { previous: 0, speed: 0 };
  private readonly limits: ResolvedLimits;
  private readonly periodS: number;

  constructor(limits: ResolvedLimits, periodS: number) {
    this.limits = limits;
    this.periodS = periodS;
  }

  reset(_position: number, velocity: number): JointMemory {
    const { maxVelocity } = this.limits;
    return { previous: Math.max(-maxVelocity, Math.min(maxVelocity, velocity)), speed: 0 };
  }

  limit({ previous }: JointMemory, target: number, position: number): LimitedTarget {
    const { minPosition, maxPosition, maxVelocity, maxAcceleration } = this.limits;
    const change = maxAcceleration * this.periodS;
    const lowest = -this.maxStoppableSpeed(position - minPosition);
    const highest = this.maxStoppableSpeed(maxPosition - position);
    let wanted = target;
    let mask = NO_REASON;
    for (const [low, high, reason] of [
      [-maxVelocity, maxVelocity, GUARD_REASON.velocityLimit],
      [previous - change, previous + change, GUARD_REASON.accelerationLimit],
      [lowest, highest, GUARD_REASON.positionLimit],
    ] as const) {
      if (wanted >= low && wanted <= high) continue;
      mask |= reasonBit(reason);
      wanted = wanted < low ? low : high;
    }
    // Clipped there and back, or -0 for 0: it is the same command, so there is no reason.
    if (wanted === target) return { target, mask: NO_REASON, memory: { previous: target + 0, speed: 0 } };
    return { target: wanted, mask, memory: { previous: wanted + 0, speed: 0 } };
  }

  stop(): LimitedTarget {
    return { target: 0, mask: NO_REASON, memory: this.initial };
  }

  restore({ previous }: JointMemory): JointMemory {
    return this.reset(0, previous);
  }

  /** Fastest speed that neither crosses `distance` within one period nor needs more than a_max to stop within it. */
  private maxStoppableSpeed(distance: number): number {
    if (!(distance > 0)) return 0;
    if (distance === Infinity) return Infinity;
    return Math.min(distance / this.periodS, Math.sqrt(2 * this.limits.maxAcceleration * distance));
  }
}
