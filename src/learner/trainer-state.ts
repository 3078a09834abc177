import type { RandomState } from '../base/random.ts';
import type { UpdateInfo } from '../engine/port.ts';
import type { NormalizerState } from '../policy/index.ts';
import type { MeanRewardState } from './mean-reward.ts';
import type { RewardNormalizerState } from './reward-normalizer.ts';
import type { MetricsWindowState } from './metrics-window.ts';
import type { ScheduleState } from './schedule.ts';
import type { AlphaMonitorState } from './alpha-monitor.ts';

/** A trainer's numbers but for the engine's tensors and the replay's content; plain data. */
export interface TrainerState {
  readonly updates: number;
  readonly nonFinite: number;
  readonly nonFiniteInARow: number;
  readonly droppedUpdates: number;
  readonly bias: number | null;
  readonly last: UpdateInfo | null;
  readonly schedule: ScheduleState;
  readonly meanAbsReward: MeanRewardState;
  readonly rewardNormalizer: RewardNormalizerState;
  readonly usedRewardFactor: number | null;
  /** Resets of the networks made. */
  readonly resets: number;
  readonly window: MetricsWindowState;
  readonly temperature: AlphaMonitorState;
  readonly normalizer: NormalizerState;
  readonly replayRandom: RandomState;
  readonly noiseRandom: RandomState;
}
