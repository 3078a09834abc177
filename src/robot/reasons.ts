/** Why the guard altered or replaced a command. Numbers are stored in logs: never renumber. */
export const GUARD_REASON = {
  positionLimit: 1,
  velocityLimit: 2,
  accelerationLimit: 3,
  effortLimit: 4,
  rateLimit: 5,
  nonFiniteAction: 6,
  nonFiniteReading: 7,
  staleReading: 8,
  disarmed: 9,
  stopping: 10,
  faulted: 11,
  /** The command is as far ahead of the measured joint as it may be. */
  distanceLimit: 12,
  /** The limits have not risen to their full values since arming. */
  startUpLimit: 13,
  /** The robot would come to rest outside its workspace, or against itself. */
  workspaceLimit: 14,
  /** The motor is hot: its velocity and acceleration limits are reduced. */
  deratingLimit: 15,
  /** A servo is cleared of an overload: its joint is commanded to where it is, the others hold. */
  recovering: 16,
} as const;

type GuardReasonName = keyof typeof GUARD_REASON;
export type GuardReasonCode = (typeof GUARD_REASON)[GuardReasonName];

/** The name of a reason code, `reason-N` for an unknown one. */
export function reasonName(code: number): string {
  for (const [name, value] of Object.entries(GUARD_REASON)) if (value === code) return name;
  return `reason-${code}`;
}
