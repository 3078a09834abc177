import type { AlgorithmOptions } from '../port.ts';

export type AdamOptions = Pick<AlgorithmOptions, 'adamBeta1' | 'adamBeta2' | 'adamEpsilon'>;

export interface AdamSlot {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export interface AdamRate {
  readonly learningRate: number;
  /** Decoupled (Loshchilov and Hutter 2019). */
  readonly weightDecay: number;
}

/**
 * Adam (Kingma and Ba 2015) in place, t = 1 at the first step, epsilon outside the root:
 * p = (1 - lr decay) p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
export function adamStep(
  slot: AdamSlot,
  t: number,
  { learningRate, weightDecay }: AdamRate,
  options: AdamOptions,
): void {
  const { parameter, gradient, m, v } = slot;
  const { adamBeta1: beta1, adamBeta2: beta2, adamEpsilon: epsilon } = options;
  const stepSize = learningRate / (1 - beta1 ** t);
  const kept = 1 - learningRate * weightDecay;
  const rootScale = 1 / Math.sqrt(1 - beta2 ** t);
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    parameter[i] = kept * parameter[i]! - (stepSize * m[i]!) / (Math.sqrt(v[i]!) * rootScale + epsilon);
  }
}

/** Euclidean norm over several arrays; not finite when any element is not. */
export function globalNorm(arrays: Iterable<Float32Array>): number {
  let squares = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) squares += array[i]! ** 2;
  return Math.sqrt(squares);
}
