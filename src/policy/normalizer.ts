import type { Tensor } from './port.ts';

const Z_LIMIT = 10;

/**
 * z = (o - mean) / scale for rows of `mean.length` elements, clipped to [-10, 10]; `out` may be `observations`.
 * An element with mean 0 and scale 1 passes unchanged and unclipped: this disables the normalizer.
 */
export function normalize(
  observations: Float32Array,
  mean: Float32Array,
  scale: Float32Array,
  out: Float32Array,
): void {
  const size = mean.length;
  for (let start = 0; start < observations.length; start += size) {
    for (let i = 0; i < size; i++) {
      const o = observations[start + i]!;
      const m = mean[i]!;
      const s = scale[i]!;
      if (m === 0 && s === 1) out[start + i] = o;
      else {
        const z = (o - m) / s;
        out[start + i] = z > Z_LIMIT ? Z_LIMIT : z < -Z_LIMIT ? -Z_LIMIT : z;
      }
    }
  }
}

export interface NormalizerState {
  readonly count: number;
  readonly mean: readonly number[];
  readonly squares: readonly number[];
}

/** Running mean and standard deviation of observations (Welford 1962, float64), saved with the policy. */
export class Normalizer {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  private readonly enabled: boolean;
  private readonly floor: number;
  private count = 0;
  private readonly runningMean: Float64Array;
  private readonly squares: Float64Array;

  /** A disabled normalizer is the identity and stays so. `floor` > 0: the smallest scale, in the unit of the observation. */
  constructor(size: number, enabled: boolean, floor: number) {
    this.enabled = enabled;
    this.floor = floor;
    this.mean = new Float32Array(size);
    this.scale = new Float32Array(size).fill(1);
    this.runningMean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** Takes one observation [size] into account; not finite ones are ignored. */
  add(observation: Float32Array): void {
    if (!this.enabled) return;
    for (let i = 0; i < this.runningMean.length; i++) if (!Number.isFinite(observation[i])) return;
    this.count++;
    for (let i = 0; i < this.runningMean.length; i++) {
      const delta = observation[i]! - this.runningMean[i]!;
      this.runningMean[i]! += delta / this.count;
      this.squares[i]! += delta * (observation[i]! - this.runningMean[i]!);
    }
    this.publish();
  }

  /** Normalizes complete rows; `out` may be `observations`. */
  apply(observations: Float32Array, out: Float32Array): void {
    normalize(observations, this.mean, this.scale, out);
  }

  /** `normalizer.mean` and `normalizer.scale` of a PolicySnapshot, copied. */
  tensors(): ReadonlyMap<string, Tensor> {
    const shape = [this.mean.length];
    return new Map([
      ['normalizer.mean', { shape, data: this.mean.slice() }],
      ['normalizer.scale', { shape, data: this.scale.slice() }],
    ]);
  }

  save(): NormalizerState {
    return { count: this.count, mean: [...this.runningMean], squares: [...this.squares] };
  }

  restore(state: NormalizerState): void {
    this.count = state.count;
    this.runningMean.set(state.mean);
    this.squares.set(state.squares);
    if (this.enabled && this.count > 0) this.publish();
  }

  private publish(): void {
    for (let i = 0; i < this.mean.length; i++) {
      this.mean[i] = this.runningMean[i]!;
      this.scale[i] = Math.max(this.floor, Math.sqrt(this.squares[i]! / this.count));
    }
  }
}
