import type { UpdateInfo } from '../engine/port.ts';

const AVERAGED = [
  'qLoss',
  'qMean',
  'targetMean',
  'softValueMean',
  'entropy',
  'alpha',
  'phiNorm',
  'criticGradientNorm',
  'samplerGradientNorm',
] as const satisfies readonly (keyof UpdateInfo)[];

export interface MetricsWindowState {
  readonly count: number;
  readonly sums: readonly number[];
}

/** Means of an update's numbers over the finite gradient steps since they were reported last. */
export class MetricsWindow {
  private count = 0;
  private sums = new Float64Array(AVERAGED.length);

  add(info: UpdateInfo): void {
    this.count += 1;
    for (const [i, name] of AVERAGED.entries()) this.sums[i]! += info[name];
  }

  /** The means, finite ones only, and a new window. */
  drain(): Record<string, number> {
    const means: Record<string, number> = {};
    if (this.count > 0) {
      for (const [i, name] of AVERAGED.entries()) {
        const mean = this.sums[i]! / this.count;
        if (Number.isFinite(mean)) means[name] = mean;
      }
    }
    this.count = 0;
    this.sums.fill(0);
    return means;
  }

  save(): MetricsWindowState {
    return { count: this.count, sums: [...this.sums] };
  }

  restore(state: MetricsWindowState): void {
    this.count = state.count;
    this.sums = Float64Array.from(state.sums);
  }
}
