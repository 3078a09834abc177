import type { Reading, ResetState } from '../robot/reading.ts';
import type { StopMode } from '../robot/robot-spec.ts';

/**
 * A simulated robot and its environment. Time stops between calls; the same calls give bit-identical results.
 * Units as in the robot file: rad or m, N m or N.
 */
export interface World {
  /** Duration of a physics step in seconds. */
  readonly physicsStepS: number;
  /** Duration of `step` in seconds: an integer multiple of physicsStepS. */
  readonly controlPeriodS: number;
  /** Throws E_PROTOCOL_MISMATCH when `periodS` is not an integer multiple of the physics step. */
  setControlPeriod(periodS: number): void;
  /** The initial state of the model. */
  initialState(): ResetState;
  /**
   * Sets the state; throws E_SIMULATOR when `state` has another size or is not finite. Of a model with more coordinates than the robot has
   * joints, a state of the joints alone sets the others to the initial state, or to what follows from an equality with a joint.
   */
  reset(state: ResetState): void;
  /** Advances one control period under `targets`, one per joint in the unit of its command mode. Throws E_SIMULATOR for invalid targets. */
  step(targets: Float64Array): void;
  /**
   * Puts each joint in its stop mode: until `resume`, `step` ignores its targets. hold: the present position (and what carries its load),
   * velocity 0 or effort 0; damp:
   * an effort that opposes the velocity, maxEffort at maxVelocity where both are stated; torque-off: no effort.
   */
  stop(modes: readonly StopMode[]): void;
  /** Ends `stop`. */
  resume(): void;
  /** The current reading as a new object; arrivalNs is the simulated time. */
  reading(): Reading;
  /** The complete state, including the current reading, for a bit-identical continuation. */
  saveState(): Uint8Array;
  /** Throws E_SIMULATOR when the bytes are corrupt or belong to another model; the world is then unchanged. */
  loadState(state: Uint8Array): void;
  dispose(): void;
}
