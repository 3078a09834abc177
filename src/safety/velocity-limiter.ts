import { GUARD_REASON } from '../robot/reasons.ts';
import { brakingDistance, brakingSpeed, clamp } from './braking.ts';
import type { JointInput, JointLimiter, JointMemory, LimitedTarget } from './joint-limiter.ts';
import type { ResolvedLimits } from './limits.ts';
import { NO_REASON, reasonBit, type ReasonMask } from './reason-set.ts';

/**
 * Velocity targets. x: measured position, v: previous command, dt: time since it, brake(d): see brakingSpeed with the larger of dt and
 * the nominal period, because the joint moves with this command until the next one.
 *
 *   range = [-brake(x - min), brake(max - x)]                 flag position; at or beyond a limit only inwards
 *   range = [clamp(-vMax, range), clamp(vMax, range)]         flag velocity
 *   range = [clamp(v - a dt, range), clamp(v + a dt, range)]  flag acceleration
 *
 * The command is clamp(target, range): acceleration yields to velocity, both to position. An orderly stop slows by a dt to 0, also
 * within these ranges where the position is known; an immediate stop is velocity 0, whatever the stop mode.
 */
export class VelocityLimiter implements JointLimiter {
  readonly initial: JointMemory = { previous: 0, velocity: 0, requested: 0 };
  private readonly limits: ResolvedLimits;
  private readonly periodS: number;

  constructor(limits: ResolvedLimits, periodS: number) {
    this.limits = limits;
    this.periodS = periodS;
  }

  reset(_position: number, velocity: number): JointMemory {
    const { maxVelocity } = this.limits;
    return { previous: clamp(velocity, -maxVelocity, maxVelocity) + 0, velocity: 0, requested: 0 };
  }

  limit({ previous }: JointMemory, target: number, { position, dtS, scale }: JointInput): LimitedTarget {
    const { minPosition, maxPosition } = this.limits;
    const maxVelocity = scale * this.limits.maxVelocity;
    const maxAcceleration = scale * this.limits.maxAcceleration;
    const movesS = Math.max(dtS, this.periodS);
    let low = Number.isNaN(position) ? -Infinity : -brakingSpeed(position - minPosition, maxAcceleration, movesS);
    let high = Number.isNaN(position) ? Infinity : brakingSpeed(maxPosition - position, maxAcceleration, movesS);
    let mask = NO_REASON;
    let wanted = target;
    if (wanted > high || wanted < low) mask |= reasonBit(GUARD_REASON.positionLimit);
    wanted = clamp(wanted, low, high);
    [low, high] = [clamp(-maxVelocity, low, high), clamp(maxVelocity, low, high)];
    if (wanted > high || wanted < low) mask |= reasonBit(GUARD_REASON.velocityLimit);
    wanted = clamp(wanted, low, high);
    // Without a limit a time of 0 does not make it 0 (Infinity * 0 is NaN).
    const change = maxAcceleration === Infinity ? Infinity : maxAcceleration * dtS;
    [low, high] = [clamp(previous - change, low, high), clamp(previous + change, low, high)];
    if (wanted > high || wanted < low) mask |= reasonBit(GUARD_REASON.accelerationLimit);
    return at(clamp(wanted, low, high), mask);
  }

  decelerate(memory: JointMemory, input: JointInput): LimitedTarget {
    return at(this.limit(memory, 0, { ...input, scale: 1 }).target, NO_REASON);
  }

  stop(): LimitedTarget {
    return at(0, NO_REASON);
  }

  restPosition({ previous }: JointMemory, { position }: JointInput): number {
    return position + previous * this.periodS + brakingDistance(previous, this.limits.maxAcceleration);
  }

  isAtRest({ previous }: JointMemory): boolean {
    return previous === 0;
  }

  restore({ previous }: JointMemory): JointMemory {
    return this.reset(0, previous);
  }
}

function at(target: number, mask: ReasonMask): LimitedTarget {
  return { target, mask, memory: { previous: target + 0, velocity: 0, requested: 0 } };
}
