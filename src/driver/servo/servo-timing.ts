/** The newest values of one duration, bounded, in microseconds. */
class DurationRing {
  count = 0;
  private readonly values: Float64Array;

  constructor(capacity = 8192) {
    this.values = new Float64Array(capacity);
  }

  add(durationNs: number): void {
    this.values[this.count++ % this.values.length] = durationNs / 1e3;
  }

  /** Quantiles of the newest values; null without a value. */
  summary(): { readonly p50: number; readonly p99: number; readonly p999: number; readonly maximum: number } | null {
    const kept = this.values.slice(0, Math.min(this.count, this.values.length)).sort();
    if (kept.length === 0) return null;
    const at = (fraction: number): number => kept[Math.min(kept.length - 1, Math.floor(fraction * kept.length))]!;
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), maximum: kept.at(-1)! };
  }
}

/** The timing of a servo driver, over all its connections. */
export class ServoTiming {
  /** Sync reads in which every servo replied: start of the request to the end of the last reply. */
  readonly readUs = new DurationRing();
  /** End of the last reply to the command, of commands with a reading of their own period. */
  readonly readToCommandUs = new DurationRing();
  /** Commands before which no new reading had arrived. */
  commandsOnRepeatedReading = 0;
  commands = 0;
  private arrivalNs = -Infinity;
  private arrivalOfLastCommandNs = -Infinity;

  recordReading(arrivalNs: number): void {
    this.arrivalNs = arrivalNs;
  }

  recordCommand(nowNs: number): void {
    if (this.arrivalNs > this.arrivalOfLastCommandNs) this.readToCommandUs.add(nowNs - this.arrivalNs);
    else this.commandsOnRepeatedReading++;
    this.commands++;
    this.arrivalOfLastCommandNs = this.arrivalNs;
  }
}
