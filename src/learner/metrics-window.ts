import type { UpdateInfo } from '../engine/port.ts';

const AVERAGED = [
  'qLoss',
  'qMean',
  'targetMean',
  'softValueMean',
  'entropy',
  'logDeterminantSpread',
  'alpha',
  'phiNorm',
  'criticGradientNorm',
  'samplerGradientNorm',
] as const satisfies readonly (keyof UpdateInfo)[];

export interface MetricsWindowState {
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

/** Means of the updates' numbers over the finite updates since they were reported last. */
export class MetricsWindow {
  private counts = new Float64Array(AVERAGED.length);
  private sums = new Float64Array(AVERAGED.length);

  /** Numbers of updates that were not made are absent. */
  add(info: Partial<UpdateInfo>): void {
    for (const [i, name] of AVERAGED.entries()) {
      const value = info[name];
      if (value === undefined) continue;
      this.counts[i]! += 1;
      this.sums[i]! += value;
    }
  }

  /** The means, finite ones only, and a new window. */
  drain(): Record<string, number> {
    const means: Record<string, number> = {};
    for (const [i, name] of AVERAGED.entries()) {
      const mean = this.sums[i]! / this.counts[i]!;
      if (Number.isFinite(mean)) means[name] = mean;
    }
    this.counts.fill(0);
    this.sums.fill(0);
    return means;
  }

  save(): MetricsWindowState {
    return { counts: [...this.counts], sums: [...this.sums] };
  }

  restore(state: MetricsWindowState): void {
    this.counts = Float64Array.from(state.counts);
    this.sums = Float64Array.from(state.sums);
  }
}
