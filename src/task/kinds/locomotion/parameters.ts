import type { TaskParameters } from '../../settings.ts';
import { INITIAL_STATE_PARAMETERS } from './initial-state.ts';

/** E_CONFIG_VALUE names a parameter outside these ranges. */
export const LOCOMOTION_PARAMETERS = {
  /** Reward per m/s along x. */
  forwardWeight: { default: 1, min: 0, max: 1e6 },
  /** Cost of the sum of squared actions. */
  controlCostWeight: { default: 0, min: 0, max: 1e6 },
  /** Cost of the sum of squared contact forces; needs the sensor contact_forces. */
  contactCostWeight: { default: 0, min: 0, max: 1e6 },
  /** Contact forces are clipped to this, in the cost and in the observation, N or N m. */
  maxContactForceNOrNm: { default: 1, min: 1e-9, max: 1e9 },
  /** Whether the contact forces on the bodies are part of the observation. */
  observeContactForces: { default: false },
  /** Velocities in the observation are clipped to this, rad/s or m/s. */
  maxObservedVelocityRadOrMPerS: { default: Infinity, min: 1e-9, max: Infinity },
  /** Reward of each step that ends healthy. */
  healthyReward: { default: 0, min: 0, max: 1e6 },
  /** The episode terminates where rootZ or rootAngle leaves its range, or another coordinate or velocity exceeds maxStateValue. */
  minHeightM: { default: -Infinity, min: -Infinity, max: 1e6 },
  maxHeightM: { default: Infinity, min: -1e6, max: Infinity },
  maxAngleRad: { default: Infinity, min: 0, max: Infinity },
  maxStateValue: { default: Infinity, min: 0, max: Infinity },
  /** Whether a value exactly at one of these limits is healthy. */
  healthyAtLimit: { default: false },
  ...INITIAL_STATE_PARAMETERS,
} as const;

export type LocomotionParameters = TaskParameters<typeof LOCOMOTION_PARAMETERS>;
