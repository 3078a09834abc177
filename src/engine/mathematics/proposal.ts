import { sumLogSlope } from './squash.ts';

/** Centers of the mixture stay within |u| <= 3, samples within |a| <= 0.9999. */
const CENTER_LIMIT = 3;
const ACTION_LIMIT = 0.9999;
const SAMPLE_LIMIT = Math.atanh(ACTION_LIMIT);

export interface ProposalShape {
  readonly batch: number;
  /** n: samples a state, and centers of the mixture. */
  readonly samples: number;
  /** d. */
  readonly actionSize: number;
}

export interface ProposalSamples {
  /** [batch, samples, action] in (-1, 1). */
  readonly actions: Float32Array;
  /** log q(a) [batch, samples], nats, a density over [-1, 1]^d. */
  readonly logDensity: Float32Array;
}

/** Actions uniform on [-1, 1]^d: -log q = d log 2. */
export function uniformProposal(shape: ProposalShape, uniform: Float32Array): ProposalSamples {
  const logDensity = new Float32Array(shape.batch * shape.samples).fill(-shape.actionSize * Math.log(2));
  return { actions: uniform, logDensity };
}

export interface MixtureNoise {
  /** The sampler's pre-tanh particles at s' [batch, samples, action]. */
  readonly centers: Float32Array;
  readonly jitter: Float32Array;
  readonly uniform: Float32Array;
  readonly choice: Float32Array;
}

function clamp(x: number, limit: number): number {
  return x > limit ? limit : x < -limit ? -limit : x;
}

/** log mean_j N(u; c_j, sigma^2 I) of the sample at `at` over its state's centers from `first`. */
function logKernelDensity(
  u: Float32Array,
  centers: Float32Array,
  place: { at: number; first: number },
  density: MixtureDensity,
): number {
  const { samples, actionSize, distances, inverseVariance, logNormalizer } = density;
  let nearest = Infinity;
  for (let j = 0; j < samples; j++) {
    let squared = 0;
    for (let k = 0; k < actionSize; k++) {
      const difference = u[place.at + k]! - centers[place.first + j * actionSize + k]!;
      squared += difference * difference;
    }
    distances[j] = squared;
    if (squared < nearest) nearest = squared;
  }
  let sum = 0;
  for (let j = 0; j < samples; j++) sum += Math.exp(-0.5 * inverseVariance * (distances[j]! - nearest));
  return Math.log(sum / samples) - 0.5 * inverseVariance * nearest + logNormalizer;
}

interface MixtureDensity {
  readonly samples: number;
  readonly actionSize: number;
  readonly distances: Float64Array;
  readonly inverseVariance: number;
  readonly logNormalizer: number;
}

/** log(exp(a) + exp(b)). */
function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/**
 * Kernel densities around the sampler's own particles in u-space, mixed with a uniform part beta over actions. Sample j comes from
 * component j: stratified. q(a) = beta 2^-d + (1 - beta) mean_j N(u; c_j, sigma^2 I) / prod(1 - a^2). Exact for the samples drawn.
 */
export function mixtureProposal(
  shape: ProposalShape,
  noise: MixtureNoise,
  options: { readonly sigma: number; readonly uniformFraction: number },
): ProposalSamples {
  const { batch, samples, actionSize } = shape;
  const { sigma, uniformFraction: beta } = options;
  const centers = noise.centers.map((u) => clamp(u, CENTER_LIMIT));
  const u = new Float32Array(centers.length);
  const actions = new Float32Array(centers.length);
  const logDensity = new Float32Array(batch * samples);
  const density: MixtureDensity = {
    samples,
    actionSize,
    distances: new Float64Array(samples),
    inverseVariance: 1 / (sigma * sigma),
    logNormalizer: -actionSize * Math.log(sigma * Math.sqrt(2 * Math.PI)),
  };
  const logUniform = Math.log(beta) - actionSize * Math.log(2);
  const logKernels = Math.log(1 - beta);
  for (let row = 0; row < batch * samples; row++) {
    const at = row * actionSize;
    const fromUniform = beta > 0 && noise.choice[row]! < beta;
    for (let i = at; i < at + actionSize; i++) {
      const free = fromUniform
        ? Math.atanh(clamp(noise.uniform[i]!, ACTION_LIMIT))
        : centers[i]! + sigma * noise.jitter[i]!;
      u[i] = clamp(free, SAMPLE_LIMIT);
      actions[i] = Math.tanh(u[i]!);
    }
    const first = Math.floor(row / samples) * samples * actionSize;
    const kernels =
      beta < 1 ? logKernelDensity(u, centers, { at, first }, density) - sumLogSlope(u, at, actionSize) : -Infinity;
    logDensity[row] = logAdd(logUniform, logKernels + kernels);
  }
  return { actions, logDensity };
}
