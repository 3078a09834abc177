import type { WorkspaceSpec } from './workspace-spec.ts';

/** Limits of a whole robot in its robot file, beside those of its joints. */
export interface SafetySpec {
  /** Hardware: after arming, velocity and acceleration limits rise linearly from this fraction of them, in this time. */
  readonly startUp: { readonly fraction: number; readonly timeS: number };
  /**
   * Readings that stay away or are invalid for this long in addition to their maximum age are a fault, s. Hardware: an armed robot whose
   * control loop stands still for this long is stopped.
   */
  readonly readingLossFaultS: number;
  /** Hardware: a joint that cannot follow its command, which is held at maxCommandDistanceRadOrM, for this long is a fault, s. */
  readonly followingErrorS: number;
  /** Hardware: a joint that does not move at all although it is commanded away for this long is a fault, s. */
  readonly stallS: number;
  /** Joints that may be blocked in normal use, as a gripper that closes on an object: no fault of following or stall. */
  readonly blockableJoints: readonly string[];
  /** Where the robot may be; null: anywhere within its joint limits. */
  readonly workspace: WorkspaceSpec | null;
}

/** Where a robot file states nothing. */
export const DEFAULT_SAFETY: SafetySpec = {
  startUp: { fraction: 0.2, timeS: 2 },
  readingLossFaultS: 0.3,
  followingErrorS: 0.3,
  stallS: 0.3,
  blockableJoints: [],
  workspace: null,
};
