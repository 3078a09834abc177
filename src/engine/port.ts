import type { Random } from '../base/random.ts';
import type { Tensor } from '../policy/port.ts';
import type { AlgorithmOptions } from './options/index.ts';

export type { Tensor } from '../policy/port.ts';
export type { AlgorithmOptions, AlgorithmSettings, ProblemSizes } from './options/index.ts';

/** A minibatch, row-major, reused between updates. */
export interface Batch {
  /** [batch, observation], normalized. */
  readonly observations: Float32Array;
  /** [batch, action] in [-1, 1]. */
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
  readonly nextObservations: Float32Array;
  /** 1 where the episode terminated (no bootstrap), else 0; truncated steps are 0. */
  readonly terminated: Float32Array;
  /** Discount of V(s'): that of the task, to the power of the steps that `rewards` sums up. */
  readonly discounts: Float64Array;
}

/** Part of a minibatch as rows of the arrays of a replay memory, for an engine that gathers them itself. */
export interface BatchRows {
  /** [observations stored, observation], each observation once, not normalized. */
  readonly observations: Float32Array;
  /** [transitions held, action] */
  readonly actions: Float32Array;
  /** [batch] rows of actions; and of observations, twice. */
  readonly rows: Int32Array;
  readonly observationRows: Int32Array;
  readonly nextObservationRows: Int32Array;
  /** The normalizer [observation]. */
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  /** The rows [first, first + count) of the lists and of the batch. */
  readonly first: number;
  readonly count: number;
}

/** The random numbers of a critic update, drawn by the caller: engines agree and runs are reproducible. Row-major; unused arrays are empty. */
export interface ValueNoise {
  /** Latents of the proposal's centers at s' [batch, valueSamples, latent], standard normal (unused by `uniform`). */
  readonly valueLatents: Float32Array;
  /** Jitter of `mixture`'s samples around their centers [batch, valueSamples, action], standard normal. */
  readonly valueJitter: Float32Array;
  /** Uniform actions in [-1, 1) [batch, valueSamples, action]. */
  readonly valueUniform: Float32Array;
  /** Uniform [0, 1) [batch, valueSamples]: below proposalUniformFraction the uniform action is taken. */
  readonly valueChoice: Float32Array;
}

/** The random numbers of a sampler update, standard normal. */
export interface ParticleNoise {
  /** [batch, fixedParticles, latent] */
  readonly fixedLatents: Float32Array;
  /** [batch, updatedParticles, latent]; empty with sharedParticles. */
  readonly updatedLatents: Float32Array;
}

export type UpdateNoise = ValueNoise & ParticleNoise;

/** The updates that random numbers are drawn for. */
export interface NoiseParts {
  readonly critics: boolean;
  readonly sampler: boolean;
}

/** Settings that can change from step to step without a new engine. */
export interface UpdateSettings {
  /** Bounds of alpha: [1e-4, 10] x mean |r|. */
  readonly alphaMin: number;
  readonly alphaMax: number;
  /** Replaces alpha (schedules, fine-tuning); null = the alpha of the engine. */
  readonly alpha: number | null;
  /** Factor of the rewards on top of rewardScale: the reward normalizer's; 1 without. */
  readonly rewardFactor: number;
}

/** Numbers of a critic update, means over the batch; formulas in docs/learning.md. */
export interface CriticInfo {
  readonly qLoss: number;
  readonly qMean: number;
  readonly targetMean: number;
  readonly softValueMean: number;
  readonly alpha: number;
  readonly criticGradientNorm: number;
  /** false: something was not finite, nothing was changed. */
  readonly finite: boolean;
}

/** Numbers of a sampler update, means over the batch; formulas in docs/learning.md. */
export interface SamplerInfo {
  /** Of the sampler's actions at s before the update, nats. */
  readonly entropy: number;
  /** Standard deviation of log |det du/dxi| over the batch, nats: large where the sampler is folded or nearly singular. */
  readonly logDeterminantSpread: number;
  readonly alpha: number;
  /** Norm of phi, averaged over batch and particles. */
  readonly phiNorm: number;
  readonly samplerGradientNorm: number;
  /** false: something was not finite, nothing was changed. */
  readonly finite: boolean;
}

/** The newest numbers of both updates. */
export type UpdateInfo = CriticInfo & SamplerInfo;

/**
 * The complete state that determines the next update. Names as in PolicySnapshot, and
 * `target_critic<c>.*`, `target_sampler.*` (only `action-value`), `adam.m.<name>`, `adam.v.<name>`, `log_alpha`.
 */
export interface EngineState {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Critic updates made: Adam's t of the critics and the schedule of hard copies. */
  readonly updates: number;
  /** Sampler updates made: Adam's t of the sampler. */
  readonly samplerUpdates: number;
}

/**
 * The gradient steps of soft Q-learning. Adapters: tensorflow/ and native/, same mathematics.
 *
 * What two engines could read differently, fixed here (equation numbers of arXiv 1702.08165; formulas in docs/learning.md):
 * - updateCritic: value samples and targets, the critics' gradients at the weights before the update, Adam, all targets.
 * - updateSampler: entropy and the sampler's gradient at the weights before the update, Adam, alpha.
 * - alpha is one number for the complete update: `settings.alpha`, else exp(log_alpha), with `automatic` clamped to
 *   [alphaMin, alphaMax]. log_alpha (float32) is updated by updateSampler, with `automatic` only, and is clamped after it.
 * - y = rewardScale rewardFactor r + discount (1 - terminated) V(s'), the row's discount; critic loss = sum over critics of 1/2 mean (Q - y)^2.
 * - V: Q_j = min over target critics; a tilt below 1e-6 is mean (Q_j - alpha log q_j), any other the formula with lambda.
 * - `mixture`: centers c_j = clamp(f(valueLatents_j; s'), +-3) of the online sampler; u_j = clamp(c_j + sigma valueJitter_j, +-atanh 0.9999)
 *   or, where valueChoice_j < beta, atanh(clamp(valueUniform_j, +-0.9999)); a_j = tanh(u_j); density over all n centers.
 * - `sampler` (33): log q = log N(xi; 0, I) - log|det du/dxi| - sum log(1 - a^2); pivots of the determinant count as at least 1e-6.
 * - Entropy is the sampler's by (33) at s, with the first fixed latent of each state: d/2 log(2 pi e) + mean log|det du/dxi| +
 *   mean sum log(1 - a^2), over the batch with `automatic`, else over its first eighth (rounded up). The states of a batch are not
 *   terminal. It is 0 with latent `zero` or of another size than the action.
 * - With `action-value` softValueMean is mean Q'(s', f'(s')).
 * - `action-value`: V(s') = mean over valueLatents of min over target critics at tanh(f'(xi; s')) of the target sampler.
 * - Latent `zero` replaces all latents by 0.
 * - log(1 - a^2) = 2 (log 2 - |u| - log1p(exp(-2 |u|))); `action-released` adds -2a / (1 - a^2 + 1e-6) to grad Q / alpha.
 * - Bandwidth: lower median (element (n-1) >> 1 of the sorted squared distances), h = max(median / factor, 1e-3); no pairs: 1e-3.
 *   No gradient through h. phi divides by K, includes K_ii terms. With sharedParticles updated = fixed particles: distances of the pairs
 *   i < j, no K_ii terms, phi divides by K - 1.
 * - Sampler loss = -mean over batch and updated particles of <stop(phi), x>, x = u or a.
 * - u = f(xi; s) + latentSkip xi, wherever the sampler is used.
 * - Adam: p = (1 - lr decay) p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps). LayerNorm: biased variance, eps 1e-5 inside the root.
 * - Soft targets follow after every update; hard copies after updates whose number (from 1) divides by targetCopyUpdates.
 *   The target sampler (only `action-value`) follows like the critics, in updateCritic.
 * - qMean is the mean over batch and critics before the step; gradient norms are over all parameters of the critics, of the sampler.
 * - Non-finite losses, gradients or batches: `finite: false`, other numbers 0, and state is exactly what it was before the call.
 */
export interface Engine {
  readonly options: AlgorithmOptions;
  /** One line for people, e.g. "tensorflow 4.22 on WASM (simd)". */
  readonly description: string;
  /** One step of the critics and targets. Throws E_ENGINE_INPUT for arrays of another length. */
  updateCritic(batch: Batch, noise: ValueNoise, settings: UpdateSettings): CriticInfo;
  /** One step of the sampler and the temperature at the batch's observations; the critics stay. Throws E_ENGINE_INPUT likewise. */
  updateSampler(batch: Pick<Batch, 'observations'>, noise: ParticleNoise, settings: UpdateSettings): SamplerInfo;
  /**
   * Copies observations, actions and next observations of the rows into `batch`, normalized as Normalizer does, without a copy in
   * JavaScript. Throws E_ENGINE_INPUT for a row that does not exist.
   */
  gather?(rows: BatchRows, batch: Batch): void;
  /**
   * A faster alternative to drawNoise, when the engine has one: it uses two words of `random` and is reproducible;
   * its numbers differ from those of drawNoise.
   */
  drawNoise?(random: Random, noise: UpdateNoise, parts: NoiseParts): void;
  /** Multiplies the outputs of critics and target critics, and alpha, by `factor` > 0: for a unit of reward that has changed by it. */
  rescaleValues(factor: number): void;
  /** A copy of the complete state. */
  state(): EngineState;
  /** Throws E_ENGINE_INPUT when names, shapes or values do not fit. */
  restore(state: EngineState): void;
  /** Copies of the tensors a PolicySnapshot needs (sampler, critics, log_alpha). */
  policyTensors(): ReadonlyMap<string, Tensor>;
  dispose(): void;
}
