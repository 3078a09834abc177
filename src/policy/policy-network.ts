import type { PolicySnapshot } from './port.ts';

/** Number of draws from which `best` selects the one with the largest min-Q. */
export const BEST_OF_SAMPLES = 10;

/** The networks of one snapshot, for one observation at a time; `act` does not allocate. */
export interface PolicyNetwork {
  /** In: [draws, latent], space for BEST_OF draws. Replaced by `load` when the sizes change. */
  readonly latents: Float32Array;
  /** Takes the weights of a snapshot that was checked. */
  load(snapshot: PolicySnapshot): void;
  /** tanh(f(latents[0]; observation)) -> out [action]; with more draws the one with the largest minimum over the critics. Observation not normalized. */
  act(observation: Float32Array, draws: number, out: Float32Array): void;
}
