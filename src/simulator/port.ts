import type { Reading, ResetState } from '../robot/reading.ts';

/**
 * A simulated robot and what surrounds it. Time stands still between calls; the same calls give the same bits.
 * Units as in the robot file: rad or m, N m or N.
 */
export interface World {
  /** Seconds one physics step advances. */
  readonly physicsStepS: number;
  /** Seconds `step` advances: a whole multiple of physicsStepS. */
  readonly controlPeriodS: number;
  /** Throws E_PROTOCOL_MISMATCH when `periodS` is no whole multiple of the physics step. */
  setControlPeriod(periodS: number): void;
  /** The state the model itself begins in. */
  initialState(): ResetState;
  /** Puts the world into `state`; throws E_SIMULATOR when it has another size or is not finite. */
  reset(state: ResetState): void;
  /** Advances one control period under `targets`, one a joint in the unit of its command mode; throws E_SIMULATOR when misshapen or not finite. */
  step(targets: Float64Array): void;
  /** The robot as it stands now, a new object; arrivalNs is the simulated time. */
  reading(): Reading;
  /** Everything needed to go on bit by bit, the current reading included. */
  saveState(): Uint8Array;
  /** Throws E_SIMULATOR when the bytes are damaged or belong to another model; the world is then as before. */
  loadState(state: Uint8Array): void;
  dispose(): void;
}
