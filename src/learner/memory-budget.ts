import { SoftqdError } from '../base/errors.ts';
import type { LearnerConfig, ProblemSizes } from './config.ts';
import { ReplayRing } from './replay-ring.ts';

/** Exact bytes of the replay memory. Throws E_MEMORY_BUDGET when they exceed `memoryBudgetMb` (1e6 bytes each). */
export function checkMemoryBudget(
  config: Pick<LearnerConfig, 'replayCapacity' | 'memoryBudgetMb'>,
  sizes: Pick<ProblemSizes, 'observationSize' | 'actionSize'>,
): number {
  const bytes = ReplayRing.bytes(config.replayCapacity, sizes.observationSize, sizes.actionSize);
  if (bytes > config.memoryBudgetMb * 1e6) {
    throw new SoftqdError(
      'E_MEMORY_BUDGET',
      `the replay of ${config.replayCapacity} transitions takes ${bytes} bytes, learner.memoryBudgetMb allows ${config.memoryBudgetMb * 1e6}`,
      { values: { bytes, budgetBytes: config.memoryBudgetMb * 1e6 } },
    );
  }
  return bytes;
}
