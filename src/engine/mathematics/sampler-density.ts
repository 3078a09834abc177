import type { ProposalSamples, ProposalShape } from './proposal.ts';
import { sumLogSlope } from './squash.ts';

/** Minimum of the pivots: a degenerate sampler would have infinite density. */
const MIN_PIVOT = 1e-6;

/** log |det| of the d x d matrix at `start` by elimination with partial pivoting; `work` [d, d] is overwritten. */
export function logAbsDeterminant(matrices: Float32Array, start: number, size: number, work: Float64Array): number {
  for (let i = 0; i < size * size; i++) work[i] = matrices[start + i]!;
  let sum = 0;
  for (let column = 0; column < size; column++) {
    let pivotRow = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(work[row * size + column]!) > Math.abs(work[pivotRow * size + column]!)) pivotRow = row;
    }
    if (pivotRow !== column) {
      for (let k = 0; k < size; k++) {
        const swapped = work[column * size + k]!;
        work[column * size + k] = work[pivotRow * size + k]!;
        work[pivotRow * size + k] = swapped;
      }
    }
    const pivot = work[column * size + column]!;
    sum += Math.log(Math.max(Math.abs(pivot), MIN_PIVOT));
    if (pivot === 0) continue;
    for (let row = column + 1; row < size; row++) {
      const factor = work[row * size + column]! / pivot;
      for (let k = column; k < size; k++) work[row * size + k]! -= factor * work[column * size + k]!;
    }
  }
  return sum;
}

export interface SamplerDraws {
  /** xi [batch, samples, d]. */
  readonly latents: Float32Array;
  /** u = f(xi; s') [batch, samples, d]. */
  readonly u: Float32Array;
  /** du/dxi [batch, samples, d, d]. */
  readonly jacobians: Float32Array;
}

/** The sampler's own density (33): q(a) = N(xi; 0, I) / |det da/dxi|, det da/dxi = det du/dxi prod(1 - a^2). */
export function samplerProposal(shape: ProposalShape, draws: SamplerDraws): ProposalSamples {
  const { actionSize: d } = shape;
  const rows = shape.batch * shape.samples;
  const logDensity = new Float32Array(rows);
  const work = new Float64Array(d * d);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = row * d; i < row * d + d; i++) squares += draws.latents[i]! ** 2;
    const logNormal = -0.5 * squares - 0.5 * d * Math.log(2 * Math.PI);
    logDensity[row] =
      logNormal - logAbsDeterminant(draws.jacobians, row * d * d, d, work) - sumLogSlope(draws.u, row * d, d);
  }
  return { actions: draws.u.map((u) => Math.tanh(u)), logDensity };
}

export interface EntropyEstimate {
  /** Nats, counted over actions. */
  readonly entropy: number;
  /** Standard deviation of log |det du/dxi|, nats. */
  readonly logDeterminantSpread: number;
}

/**
 * The entropy that belongs to (33), from one draw a state: d/2 log(2 pi e), which is the latent's, plus the means of log |det du/dxi| and
 * of sum log(1 - a^2). u [states, d], jacobians [states, d, d].
 */
export function samplerEntropyOf(draws: {
  readonly u: Float32Array;
  readonly jacobians: Float32Array;
  readonly size: number;
}): EntropyEstimate {
  const { u, jacobians, size: d } = draws;
  const rows = u.length / d;
  const work = new Float64Array(d * d);
  let slopes = 0;
  let determinants = 0;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    const logDeterminant = logAbsDeterminant(jacobians, row * d * d, d, work);
    slopes += sumLogSlope(u, row * d, d);
    determinants += logDeterminant;
    squares += logDeterminant ** 2;
  }
  const mean = determinants / rows;
  return {
    entropy: 0.5 * d * Math.log(2 * Math.PI * Math.E) + mean + slopes / rows,
    logDeterminantSpread: Math.sqrt(Math.max(0, squares / rows - mean ** 2)),
  };
}
