import { GUARD_REASON } from '../robot/reasons.ts';
import type { Transition } from '../robot/transition.ts';

/** What alters a command because of what it is; everything else stops the robot whatever it was told. */
const LIMIT_REASONS: ReadonlySet<number> = new Set([
  GUARD_REASON.positionLimit,
  GUARD_REASON.velocityLimit,
  GUARD_REASON.accelerationLimit,
  GUARD_REASON.effortLimit,
  GUARD_REASON.rateLimit,
]);

/**
 * The proposed action of a step whose command nothing but the guard's limits altered, or null. Proposing it did what the applied action
 * did, so both are true of this step. Without it the critics never hear of a proposal that is always clipped, such as pushing against a
 * stop: their guess of its value stays a guess, and the policy that believes it stays at the stop.
 */
export function clippedProposedAction({ proposedAction, appliedAction, reasonCodes }: Transition): Float32Array | null {
  if (reasonCodes.length === 0 || !reasonCodes.every((code) => LIMIT_REASONS.has(code))) return null;
  if (proposedAction.length !== appliedAction.length) return null;
  if (!proposedAction.every((a) => a >= -1 && a <= 1)) return null;
  return proposedAction.some((a, i) => a !== appliedAction[i]) ? proposedAction : null;
}
