import type { LearnerNumbers } from './learner-numbers.ts';

export const MODES = ['best', 'sample'] as const;

/** One line of bench:locomotion. */
export interface Stage {
  readonly task: string;
  readonly label: string;
  readonly seed: number;
  readonly steps: number;
  /** Mean return of the episodes by mode. */
  readonly returns: Readonly<Record<(typeof MODES)[number], number>>;
  /** At the end of this stage; absent in results of earlier versions. */
  readonly learner?: LearnerNumbers;
  /** Of this stage. */
  readonly wallS: number;
  readonly machine: string;
}
