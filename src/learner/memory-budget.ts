import { SoftqdError } from '../base/errors.ts';
import type { ProblemSizes } from '../engine/port.ts';
import type { LearnerConfig } from './settings/index.ts';
import { ReplayMemory, type ReplayOptions } from '../experience/index.ts';

type Sizes = Pick<ProblemSizes, 'observationSize' | 'actionSize'>;

export function replayOptions(config: Pick<LearnerConfig, 'replayCapacity'>, sizes: Sizes): ReplayOptions {
  return { capacity: config.replayCapacity, observationSize: sizes.observationSize, actionSize: sizes.actionSize };
}

/** Exact bytes of the replay memory. Throws E_MEMORY_BUDGET when they exceed `memoryBudgetMb` (1e6 bytes each). */
export function checkMemoryBudget(
  config: Pick<LearnerConfig, 'replayCapacity' | 'memoryBudgetMb'>,
  sizes: Sizes,
): number {
  const bytes = ReplayMemory.bytesFor(replayOptions(config, sizes));
  if (bytes > config.memoryBudgetMb * 1e6) {
    throw new SoftqdError(
      'E_MEMORY_BUDGET',
      `the replay memory for ${config.replayCapacity} transitions needs ${bytes} bytes; learner.memoryBudgetMb allows ${config.memoryBudgetMb * 1e6}`,
      { values: { bytes, budgetBytes: config.memoryBudgetMb * 1e6 } },
    );
  }
  return bytes;
}
