import type { JointSpec } from './robot-spec.ts';

/**
 * The range of a joint, rad or m: as stated; a revolute joint without a limit on one or both sides turns once. Null for a prismatic joint
 * without both limits.
 */
export function jointRange({ kind, limits }: JointSpec): { readonly min: number; readonly max: number } | null {
  const { minPositionRadOrM: min, maxPositionRadOrM: max } = limits;
  if (min !== undefined && max !== undefined) return { min, max };
  if (kind === 'prismatic') return null;
  if (min !== undefined) return { min, max: min + 2 * Math.PI };
  return max === undefined ? { min: -Math.PI, max: Math.PI } : { min: max - 2 * Math.PI, max };
}
