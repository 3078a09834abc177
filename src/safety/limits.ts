import { SoftqdError } from '../base/errors.ts';
import type { JointLimits, JointSpec, RobotSpec } from '../robot/robot-spec.ts';

/** A joint's limits with infinite bounds where the robot file states none. Units as in JointLimits. */
export interface ResolvedLimits {
  readonly minPosition: number;
  readonly maxPosition: number;
  readonly maxVelocity: number;
  readonly maxAcceleration: number;
  readonly maxEffort: number;
  readonly maxEffortRate: number;
}

const HARDWARE_NEEDS = [
  'minPositionRadOrM',
  'maxPositionRadOrM',
  'maxVelocityRadOrMPerS',
  'maxEffortNmOrN',
] as const satisfies readonly (keyof JointLimits)[];

/** Throws E_ROBOT_FILE for a limit that is NaN or negative, or a range with minimum above maximum. */
export function resolveLimits({ name, limits }: JointSpec): ResolvedLimits {
  const resolved = {
    minPosition: limits.minPositionRadOrM ?? -Infinity,
    maxPosition: limits.maxPositionRadOrM ?? Infinity,
    maxVelocity: limits.maxVelocityRadOrMPerS ?? Infinity,
    maxAcceleration: limits.maxAccelerationRadOrMPerS2 ?? Infinity,
    maxEffort: limits.maxEffortNmOrN ?? Infinity,
    maxEffortRate: limits.maxEffortRateNmOrNPerS ?? Infinity,
  };
  const { minPosition, maxPosition, maxVelocity, maxAcceleration, maxEffort, maxEffortRate } = resolved;
  const sizes = [maxVelocity, maxAcceleration, maxEffort, maxEffortRate];
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

/** Throws E_SAFETY_LIMITS_MISSING naming every joint and limit that a hardware robot lacks; a simulated one may lack any. */
export function requireHardwareLimits(robot: RobotSpec): void {
  if (robot.kind !== 'hardware') return;
  const missing = robot.joints.flatMap(({ name, limits }) =>
    HARDWARE_NEEDS.filter((limit) => !Number.isFinite(limits[limit])).map((limit) => `${name}.${limit}`),
  );
  if (missing.length === 0) return;
  throw new SoftqdError('E_SAFETY_LIMITS_MISSING', `${robot.name}: the robot file lacks ${missing.join(', ')}`, {
    values: { robot: robot.name, missing },
  });
}
