const MIN_MEAN_ABS_REWARD = 1e-3;

export interface MeanRewardState {
  readonly count: number;
  readonly sum: number;
}

/** Running mean of |r| over every transition received, in the unit of the reward; at least 1e-3. */
export class MeanAbsReward {
  private count = 0;
  private sum = 0;

  add(reward: number): void {
    this.count += 1;
    this.sum += Math.abs(reward);
  }

  get value(): number {
    return this.count === 0 ? MIN_MEAN_ABS_REWARD : Math.max(MIN_MEAN_ABS_REWARD, this.sum / this.count);
  }

  save(): MeanRewardState {
    return { count: this.count, sum: this.sum };
  }

  restore(state: MeanRewardState): void {
    this.count = state.count;
    this.sum = state.sum;
  }
}
