/** Lateness in microseconds, as on the metrics page, in the log and at exit. */
export interface LatenessSummary {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const BUCKETS_PER_OCTAVE = 64;
const OCTAVES = 24;

/** Lateness in microseconds, logarithmic buckets of 1.1 % up to 16 s, constant memory. */
export class LatenessHistogram {
  private readonly buckets = new Float64Array(BUCKETS_PER_OCTAVE * OCTAVES + 1);
  private maxUs = 0;
  count = 0;
  skipped = 0;

  /** Lateness below zero counts as zero. */
  add(latenessNs: number): void {
    const us = Math.max(0, latenessNs / 1000);
    const bucket = us < 1 ? 0 : Math.min(this.buckets.length - 1, 1 + Math.floor(Math.log2(us) * BUCKETS_PER_OCTAVE));
    this.buckets[bucket]! += 1;
    this.count += 1;
    if (us > this.maxUs) this.maxUs = us;
  }

  /** Upper edge of the bucket that contains the quantile (a fraction), microseconds. */
  quantileUs(fraction: number): number {
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(fraction * this.count));
    let counted = 0;
    for (let i = 0; i < this.buckets.length; i++) {
      counted += this.buckets[i]!;
      if (counted >= rank) return Math.min(this.maxUs, i === 0 ? 1 : 2 ** (i / BUCKETS_PER_OCTAVE));
    }
    return this.maxUs;
  }

  summary(): LatenessSummary {
    const rounded = (us: number): number => Math.round(us * 10) / 10;
    return {
      p50: rounded(this.quantileUs(0.5)),
      p99: rounded(this.quantileUs(0.99)),
      p999: rounded(this.quantileUs(0.999)),
      max: rounded(this.maxUs),
    };
  }
}
