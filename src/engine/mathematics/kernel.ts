import type { AlgorithmOptions } from '../port.ts';

/** h is never smaller, so that particles that coincide do not push each other to infinity. */
const MIN_BANDWIDTH = 1e-3;

/** The lower median, element floor((n - 1) / 2) in order, of the first `count` values, which are reordered; 0 for none. */
export function lowerMedian(values: Float64Array, count: number): number {
  if (count === 0) return 0;
  return values.subarray(0, count).sort()[(count - 1) >> 1]!;
}

/** The divisor of the median for K fixed particles. */
export function bandwidthFactor(kind: AlgorithmOptions['kernelFactor'], fixedParticles: number): number {
  switch (kind) {
    case 'two-log-plus-one':
      return 2 * Math.log(fixedParticles + 1);
    case 'log':
      return Math.log(fixedParticles);
    case 'log-plus-one':
      return Math.log(fixedParticles + 1);
  }
}

/** h of k = exp(-d^2 / h) = max(median of d^2 / factor, 1e-3). */
export function bandwidth(median: number, factor: number): number {
  return Math.max(median / factor, MIN_BANDWIDTH);
}
