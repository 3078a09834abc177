import type { LayerSpec } from './layers/index.ts';

/** `sample`: a draw of the sampler; `zero`: the latent set to 0; `best`: the best of 10 draws by the minimum over the critics. */
export type ActMode = 'sample' | 'zero' | 'best';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface PolicyMeta {
  readonly robot: string;
  readonly task: string;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
  /** The hidden layers of the sampler and of every critic. */
  readonly samplerLayers: readonly LayerSpec[];
  readonly criticLayers: readonly LayerSpec[];
  /** 1 to 5. */
  readonly criticCount: number;
  readonly latentSize: number;
  /** c of u = f(xi; s) + c xi; not 0 only where the latent is as large as the action. */
  readonly latentSkip: number;
  /** Preset name and everything an engine needs to resume, as JSON. */
  readonly algorithm: Readonly<Record<string, unknown>>;
  /** Environment steps used to train this policy. */
  readonly step: number;
  /** SHA-256 of the parent policy, or null. */
  readonly parent: string | null;
}

/**
 * A policy as data. Tensor names, row-major [in, out] weights, input = [observation, latent or action]:
 * for layer i of a network `<n>` = `sampler`, `critic0`, ...: dense `<n>.<i>.weight|bias` and with LayerNorm `<n>.<i>.norm.scale|shift`
 * (after the linear, before ReLU); residual `<n>.<i>.norm.scale|shift`, `<n>.<i>.expand.weight|bias`, `<n>.<i>.project.weight|bias`;
 * layerNorm `<n>.<i>.norm.scale|shift`; the output `<n>.<L>.weight|bias`, L the number of layers;
 * `log_alpha` [1]; `normalizer.mean|scale` [observation] (z = (o - mean) / scale; 0 and 1 when not used).
 */
export interface PolicySnapshot {
  readonly meta: PolicyMeta;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Acts at control rate. `act` does not allocate after the first call; `out` receives actions in [-1, 1] on the grid of quantizeAction. */
export interface Policy {
  /** Version of the snapshot now driving; 0 = uniformly random actions before the first snapshot. */
  readonly version: number;
  act(observation: Float32Array, out: Float32Array, mode: ActMode): void;
  /** Forgets what correlates actions within one episode (exploration noise, latent). */
  beginEpisode(): void;
}
