/** Several values that lie next to each other, as one point. */
export interface SeriesPoint {
  /** Of the last value. */
  readonly x: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** A curve of any length in bounded memory: when it is full, neighbors are merged into one point with mean, minimum and maximum. */
export class BoundedSeries {
  private readonly capacity: number;
  private merged: SeriesPoint[] = [];
  private perPoint = 1;

  /** `capacity`: most points kept, 2 at least. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Values come in the order of x; not finite ones are ignored. */
  add(x: number, y: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    const value: SeriesPoint = { x, mean: y, min: y, max: y, count: 1 };
    const last = this.merged[this.merged.length - 1];
    if (last !== undefined && last.count < this.perPoint) {
      this.merged[this.merged.length - 1] = join(last, value);
      return;
    }
    if (this.merged.length >= this.capacity) this.halve();
    this.merged.push(value);
  }

  get points(): readonly SeriesPoint[] {
    return this.merged;
  }

  /** Number of values per point, except the last one. */
  get valuesPerPoint(): number {
    return this.perPoint;
  }

  private halve(): void {
    const pairs: SeriesPoint[] = [];
    for (let i = 0; i < this.merged.length; i += 2) {
      const second = this.merged[i + 1];
      pairs.push(second === undefined ? this.merged[i]! : join(this.merged[i]!, second));
    }
    this.merged = pairs;
    this.perPoint *= 2;
  }
}

function join(a: SeriesPoint, b: SeriesPoint): SeriesPoint {
  const count = a.count + b.count;
  return {
    x: b.x,
    mean: (a.mean * a.count + b.mean * b.count) / count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    count,
  };
}
