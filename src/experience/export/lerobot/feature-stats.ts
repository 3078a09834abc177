const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
/** Most values kept of one element for its quantiles. */
const MAX_KEPT = 1 << 17;

/**
 * Running statistics of one number: minimum, maximum, mean and standard deviation (of the population) exact, quantiles over evenly
 * spaced values, at most 131,072 of them.
 */
class ElementStats {
  count = 0;
  min = Infinity;
  max = -Infinity;
  mean = 0;
  private squares = 0;
  private stride = 1;
  private samples: number[] = [];

  /** Welford's update. */
  add(value: number): void {
    if (this.count % this.stride === 0) {
      this.samples.push(value);
      if (this.samples.length === MAX_KEPT) this.decimate();
    }
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.squares += delta * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  get std(): number {
    return Math.sqrt(this.squares / this.count);
  }

  /** Values kept, ascending. */
  sorted(): Float64Array {
    return Float64Array.from(this.samples).sort();
  }

  private decimate(): void {
    this.samples = this.samples.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }
}

/** Statistics of one feature as in meta/stats.json: lists with one number per element. */
export class FeatureStats {
  private readonly elements: readonly ElementStats[];

  constructor(size: number) {
    this.elements = Array.from({ length: size }, () => new ElementStats());
  }

  add(values: ArrayLike<number>): void {
    for (const [i, element] of this.elements.entries()) element.add(values[i]!);
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    const sorted = this.elements.map((element) => element.sorted());
    const quantiles = Object.entries(QUANTILES).map(
      ([name, q]) => [name, sorted.map((values) => quantile(values, q))] as const,
    );
    return {
      min: this.elements.map(({ min }) => min),
      max: this.elements.map(({ max }) => max),
      mean: this.elements.map(({ mean }) => mean),
      std: this.elements.map(({ std }) => std),
      count: [this.elements[0]?.count ?? 0],
      ...Object.fromEntries(quantiles),
    };
  }
}

/** Linear interpolation between the neighbors, as numpy.quantile. */
function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const low = Math.floor(position);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (b - a) * (position - low);
}
