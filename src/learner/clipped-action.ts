import { GUARD_REASON } from '../robot/reasons.ts';
import type { Transition } from '../robot/transition.ts';

/** Reasons that clip a command; every other reason stops the robot, whatever the command. */
const LIMIT_REASONS: ReadonlySet<number> = new Set([
  GUARD_REASON.positionLimit,
  GUARD_REASON.velocityLimit,
  GUARD_REASON.accelerationLimit,
  GUARD_REASON.effortLimit,
  GUARD_REASON.rateLimit,
  GUARD_REASON.distanceLimit,
  GUARD_REASON.startUpLimit,
  GUARD_REASON.workspaceLimit,
]);

/**
 * The proposed action of a step whose command was clipped only by the limits of the guard, or null. It had the same effect as the applied
 * action, so the step is valid for both. Otherwise the critics never learn the value of a proposal that is always clipped, such as pushing
 * against a stop, and a policy that follows a wrong estimate of it stays at the stop.
 */
export function clippedProposedAction({ proposedAction, appliedAction, reasonCodes }: Transition): Float32Array | null {
  if (reasonCodes.length === 0 || !reasonCodes.every((code) => LIMIT_REASONS.has(code))) return null;
  if (proposedAction.length !== appliedAction.length) return null;
  if (!proposedAction.every((a) => a >= -1 && a <= 1)) return null;
  return proposedAction.some((a, i) => a !== appliedAction[i]) ? proposedAction : null;
}
