import { SoftqdError } from '../base/errors.ts';
import type { ProblemSizes } from '../engine/port.ts';
import type { LearnerConfig } from './settings/index.ts';
import { ReplayMemory, type ReplayOptions } from '../experience/index.ts';

type Sizes = Pick<ProblemSizes, 'observationSize' | 'actionSize'>;

/** The memory of the run's own experience, or with `rows` the one of a log with so many; a longer log is held from its end. */
export function replayOptions(
  config: Pick<LearnerConfig, 'replayCapacity' | 'nStep'>,
  { observationSize, actionSize, discount }: ProblemSizes,
  rows = Infinity,
): ReplayOptions {
  const capacity = Math.max(1, Math.min(config.replayCapacity, rows));
  return { capacity, observationSize, actionSize, discount, nStep: config.nStep };
}

/** Exact bytes of the replay memory, and of those for prior logs with so many rows. Throws E_MEMORY_BUDGET over `memoryBudgetMb` (1e6 bytes each). */
export function checkMemoryBudget(
  config: Pick<LearnerConfig, 'replayCapacity' | 'memoryBudgetMb'>,
  sizes: Sizes,
  priorRows: readonly number[] = [],
): number {
  const capacities = [
    config.replayCapacity,
    ...priorRows.map((rows) => Math.max(1, Math.min(config.replayCapacity, rows))),
  ];
  const bytes = capacities.reduce((sum, capacity) => sum + ReplayMemory.bytesFor({ capacity, ...sizes }), 0);
  if (bytes > config.memoryBudgetMb * 1e6) {
    throw new SoftqdError(
      'E_MEMORY_BUDGET',
      `the replay memory for ${capacities.join(' + ')} transitions needs ${bytes} bytes; learner.memoryBudgetMb allows ${config.memoryBudgetMb * 1e6}`,
      { values: { bytes, budgetBytes: config.memoryBudgetMb * 1e6 } },
    );
  }
  return bytes;
}
