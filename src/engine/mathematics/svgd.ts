import type { AlgorithmOptions } from '../port.ts';
import { bandwidth, bandwidthFactor, lowerMedian } from './kernel.ts';

export interface SvgdInput {
  /** Particles whose gradients are used [batch, K, d]. */
  readonly fixed: Float32Array;
  /** grad log p at them [batch, K, d]. */
  readonly scores: Float32Array;
  /** Particles that receive phi [batch, M, d]. */
  readonly updated: Float32Array;
  readonly batch: number;
  readonly size: number;
}

export type SvgdOptions = Pick<
  AlgorithmOptions,
  'fixedParticles' | 'updatedParticles' | 'sharedParticles' | 'kernelDistances' | 'kernelFactor' | 'repulsion'
>;

/** M; K with one set for both sides. */
export function updatedCount(
  options: Pick<SvgdOptions, 'fixedParticles' | 'updatedParticles' | 'sharedParticles'>,
): number {
  return options.sharedParticles ? options.fixedParticles : options.updatedParticles;
}

/** Squared distances of one state: cross [K, M] first, then for `fixed` the pairs i < j. */
class Distances {
  readonly cross: Float64Array;
  private readonly sorted: Float64Array;
  private readonly input: SvgdInput;
  private readonly options: SvgdOptions;

  constructor(input: SvgdInput, options: SvgdOptions) {
    const K = options.fixedParticles;
    const M = updatedCount(options);
    this.cross = new Float64Array(K * M);
    this.sorted = new Float64Array(Math.max(K * M, K * K));
    this.input = input;
    this.options = options;
  }

  /** Fills `cross` for state b and returns the median for the bandwidth. */
  measure(b: number): number {
    const { fixed, updated, size } = this.input;
    const { fixedParticles: K, sharedParticles, kernelDistances } = this.options;
    const M = updatedCount(this.options);
    for (let i = 0; i < K; i++) {
      for (let m = 0; m < M; m++)
        this.cross[i * M + m] = between(fixed, (b * K + i) * size, updated, (b * M + m) * size, size);
    }
    if (kernelDistances === 'cross' && !sharedParticles) {
      this.sorted.set(this.cross);
      return lowerMedian(this.sorted, K * M);
    }
    let pairs = 0;
    for (let i = 0; i < K; i++) {
      for (let j = i + 1; j < K; j++)
        this.sorted[pairs++] = between(fixed, (b * K + i) * size, fixed, (b * K + j) * size, size);
    }
    return lowerMedian(this.sorted, pairs);
  }
}

// eslint-disable-next-line max-params -- the innermost loop: an object here costs more than the sum
function between(x: Float32Array, xStart: number, y: Float32Array, yStart: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) {
    const difference = x[xStart + k]! - y[yStart + k]!;
    sum += difference * difference;
  }
  return sum;
}

/**
 * The Stein variational gradient (13), divided by alpha, at the updated particles [batch, M, d]:
 * phi(y) = mean_i [ k(x_i, y) score_i + grad_{x_i} k(x_i, y) ], k = exp(-|x_i - y|^2 / h), one h per state, no gradient through h.
 * Without repulsion the second term is left out: the particles climb to the modes. With sharedParticles `updated` is `fixed`, the mean is
 * over the other particles, and h is that of the distinct pairs.
 */
export function svgd(input: SvgdInput, options: SvgdOptions): Float32Array {
  const { fixed, scores, updated, batch, size } = input;
  const { fixedParticles: K, sharedParticles, repulsion } = options;
  const M = updatedCount(options);
  const terms = sharedParticles ? K - 1 : K;
  const factor = bandwidthFactor(options.kernelFactor, K);
  const distances = new Distances(input, options);
  const phi = new Float32Array(updated.length);
  const sum = new Float64Array(size);
  for (let b = 0; b < batch; b++) {
    const h = bandwidth(distances.measure(b), factor);
    const push = repulsion ? 2 / h : 0;
    for (let m = 0; m < M; m++) {
      const y = (b * M + m) * size;
      sum.fill(0);
      for (let i = 0; i < K; i++) {
        if (sharedParticles && i === m) continue;
        const x = (b * K + i) * size;
        const k = Math.exp(-distances.cross[i * M + m]! / h);
        for (let e = 0; e < size; e++) sum[e]! += k * (scores[x + e]! + push * (updated[y + e]! - fixed[x + e]!));
      }
      for (let e = 0; e < size; e++) phi[y + e] = sum[e]! / terms;
    }
  }
  return phi;
}

/** Mean over rows of the Euclidean norm of each row of `size`. */
export function meanRowNorm(values: Float32Array, size: number): number {
  let sum = 0;
  for (let row = 0; row < values.length; row += size) {
    let squares = 0;
    for (let i = row; i < row + size; i++) squares += values[i]! ** 2;
    sum += Math.sqrt(squares);
  }
  return (sum * size) / values.length;
}
