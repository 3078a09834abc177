/** The newest values of one duration, bounded; microseconds. */
export class DurationRing {
  count = 0;
  private readonly values: Float64Array;

  constructor(capacity = 8192) {
    this.values = new Float64Array(capacity);
  }

  add(durationNs: number): void {
    this.values[this.count++ % this.values.length] = durationNs / 1e3;
  }

  /** Of the newest values; null when there is none. */
  summary(): { readonly p50: number; readonly p99: number; readonly p999: number; readonly maximum: number } | null {
    const kept = this.values.slice(0, Math.min(this.count, this.values.length)).sort();
    if (kept.length === 0) return null;
    const at = (part: number): number => kept[Math.min(kept.length - 1, Math.floor(part * kept.length))]!;
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), maximum: kept.at(-1)! };
  }
}

/** How a servo body keeps time. */
export class ServoTiming {
  /** A sync read in which every servo answered: request begun to last reply whole. */
  readonly readUs = new DurationRing();
  /** Last reply whole to command handed to the driver, of commands that had a reading of their own period. */
  readonly readToCommandUs = new DurationRing();
  /** Commands before which no new reading had come. */
  commandsOnRepeatedReading = 0;
  commands = 0;
}
