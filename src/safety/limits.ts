import { SoftqdError } from '../base/errors.ts';
import { hardwareLimitProblems, limitProblemText } from '../robot/hardware-limits.ts';
import type { JointSpec, RobotSpec } from '../robot/robot-spec.ts';

/** A joint's limits with infinite bounds where the robot file states none. Units as in JointLimits. */
export interface ResolvedLimits {
  readonly minPosition: number;
  readonly maxPosition: number;
  readonly maxVelocity: number;
  readonly maxAcceleration: number;
  readonly maxDistance: number;
  readonly maxEffort: number;
  readonly maxEffortRate: number;
}

/** Throws E_ROBOT_FILE for a limit that is NaN or negative, or a range with minimum above maximum. */
export function resolveLimits({ name, limits }: JointSpec): ResolvedLimits {
  const resolved = {
    minPosition: limits.minPositionRadOrM ?? -Infinity,
    maxPosition: limits.maxPositionRadOrM ?? Infinity,
    maxVelocity: limits.maxVelocityRadOrMPerS ?? Infinity,
    maxAcceleration: limits.maxAccelerationRadOrMPerS2 ?? Infinity,
    maxDistance: limits.maxCommandDistanceRadOrM ?? Infinity,
    maxEffort: limits.maxEffortNmOrN ?? Infinity,
    maxEffortRate: limits.maxEffortRateNmOrNPerS ?? Infinity,
  };
  const { minPosition, maxPosition, maxVelocity, maxAcceleration, maxDistance, maxEffort, maxEffortRate } = resolved;
  const sizes = [maxVelocity, maxAcceleration, maxDistance, maxEffort, maxEffortRate];
  if (
    !(minPosition < Infinity && minPosition <= maxPosition && maxPosition > -Infinity) ||
    !sizes.every((size) => size >= 0)
  ) {
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `joint ${name}: invalid limit: not a number, negative, or minimum above maximum`,
      {
        values: { joint: name },
      },
    );
  }
  return resolved;
}

/**
 * Throws E_SAFETY_LIMITS_MISSING naming every joint and limit that a hardware robot lacks, E_SAFETY_LIMITS_UNREASONABLE for limits that
 * do not limit; a simulated one may lack any.
 */
export function requireHardwareLimits(robot: RobotSpec): void {
  if (robot.kind !== 'hardware') return;
  const problems = hardwareLimitProblems(robot);
  const missing = problems
    .filter(({ largest }) => largest === undefined)
    .map(({ joint, limit }) => `${joint}.${limit}`);
  if (missing.length > 0) {
    throw new SoftqdError('E_SAFETY_LIMITS_MISSING', `${robot.name}: the robot file lacks ${missing.join(', ')}`, {
      values: { robot: robot.name, missing },
    });
  }
  const [problem] = problems;
  if (problem === undefined) return;
  const { joint, limit, value, largest } = problem;
  throw new SoftqdError('E_SAFETY_LIMITS_UNREASONABLE', `${robot.name}: ${problems.map(limitProblemText).join('; ')}`, {
    values: { robot: robot.name, joint, limit, value: value!, largest: largest! },
  });
}
