import type { JointSpec } from '../../robot/robot-spec.ts';

/** Damping of stop mode `damp`, N m s/rad or N s/m: the maximum effort at the maximum velocity; 0 where one of them is not stated. */
export function dampingOf({ limits }: JointSpec): number {
  const damping = (limits.maxEffortNmOrN ?? NaN) / (limits.maxVelocityRadOrMPerS ?? NaN);
  return Number.isFinite(damping) ? damping : 0;
}
