/** The rate is that of the last so many seconds, at least of the last two samples. */
const WINDOW_MS = 20_000;

/** Estimates how long a run still takes from how fast it was lately. */
export class RemainingTime {
  private readonly total: number;
  private readonly samples: { readonly step: number; readonly atMs: number }[];

  /** `total`: steps of the whole run; `step`, `atMs`: where and when it begins or is resumed. */
  constructor(total: number, step: number, atMs: number) {
    this.total = total;
    this.samples = [{ step, atMs }];
  }

  /** Seconds from a step to the end, rounded up; null: not known yet. */
  at(step: number, atMs: number): number | null {
    this.samples.push({ step, atMs });
    while (this.samples.length > 2 && atMs - this.samples[1]!.atMs >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    const steps = step - first!.step;
    if (steps <= 0 || atMs <= first!.atMs) return null;
    return Math.ceil(((this.total - step) * (atMs - first!.atMs)) / steps / 1000);
  }
}
