import { GUARD_REASON } from '../robot/reasons.ts';
import type { StopMode } from '../robot/robot-spec.ts';
import type { JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit } from './reason-set.ts';

/**
 * Position targets: within the range, and within previous ± v dt with v = min(v_max, |v| + a_max dt), where |v| is the speed
 * that the previous two commands implied. Stop modes: hold and damp repeat the previous command, torque-off follows the joint.
 */
export class PositionLimiter implements JointLimiter {
  readonly initial: JointMemory;
  private readonly limits: ResolvedLimits;
  private readonly stopMode: StopMode;
  private readonly periodS: number;

  constructor(limits: ResolvedLimits, stopMode: StopMode, periodS: number) {
    this.limits = limits;
    this.stopMode = stopMode;
    this.periodS = periodS;
    this.initial = { previous: this.clampToRange(0), speed: 0 };
  }

  reset(position: number, velocity: number): JointMemory {
    return {
      previous: this.clampToRange(position),
      speed: Math.min(Math.abs(velocity), this.limits.maxVelocity),
    };
  }

  limit({ previous, speed }: JointMemory, target: number): LimitedTarget {
    let mask = NO_REASON;
    let wanted = this.clampToRange(target);
    if (wanted !== target) mask |= reasonBit(GUARD_REASON.positionLimit);
    const { maxVelocity, maxAcceleration } = this.limits;
    const reachable = speed + maxAcceleration * this.periodS;
    const reason = reasonBit(reachable < maxVelocity ? GUARD_REASON.accelerationLimit : GUARD_REASON.velocityLimit);
    const reach = Math.min(reachable, maxVelocity) * this.periodS;
    if (wanted > previous + reach) {
      wanted = previous + reach;
      mask |= reason;
    } else if (wanted < previous - reach) {
      wanted = previous - reach;
      mask |= reason;
    }
    // Rounding must not count as speed, nor may two far targets without limits make it infinite.
    const nextSpeed = Math.min(Math.abs(wanted - previous) / this.periodS, maxVelocity, Number.MAX_VALUE);
    return { target: wanted, mask, memory: { previous: wanted + 0, speed: nextSpeed } };
  }

  stop(memory: JointMemory, position: number): LimitedTarget {
    const follows = this.stopMode === 'torque-off' && Number.isFinite(position);
    return this.limit(memory, follows ? position : memory.previous);
  }

  restore({ previous, speed }: JointMemory): JointMemory {
    return { previous: this.clampToRange(previous), speed: Math.min(speed, this.limits.maxVelocity) };
  }

  private clampToRange(position: number): number {
    const { minPosition, maxPosition } = this.limits;
    return position < minPosition ? minPosition : position > maxPosition ? maxPosition : position;
  }
}
