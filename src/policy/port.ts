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
  /** Width of every hidden layer of the sampler, e.g. [128, 128]; the critics have the same. */
  readonly hiddenUnits: readonly number[];
  readonly criticCount: 1 | 2;
  readonly criticLayerNorm: boolean;
  readonly latentSize: number;
  /** Preset name and everything an engine needs to resume, as JSON. */
  readonly algorithm: Readonly<Record<string, unknown>>;
  /** Environment steps used to train this policy. */
  readonly step: number;
  /** SHA-256 of the parent policy, or null. */
  readonly parent: string | null;
}

/**
 * A policy as data. Tensor names, row-major [in, out] weights, input = [observation, latent or action]:
 * `sampler.<i>.weight`, `sampler.<i>.bias` (i = 0..L, the last is the output layer);
 * `critic<c>.<i>.weight|bias`, with LayerNorm also `critic<c>.<i>.norm.scale|shift` (after the linear, before ReLU, hidden layers only);
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
