export type Summary = Readonly<Record<'p50' | 'p99' | 'p999' | 'max', number>>;

/** The element at `fraction` of the sorted values. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!;
}

export function round(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}

/** The quantiles of a real-time figure, each `rounded`: to integers by default. */
export function summary(values: readonly number[], rounded: (value: number) => number = Math.round): Summary {
  return {
    p50: rounded(quantile(values, 0.5)),
    p99: rounded(quantile(values, 0.99)),
    p999: rounded(quantile(values, 0.999)),
    max: rounded(quantile(values, 1)),
  };
}
