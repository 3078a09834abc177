import type { Random } from '../base/random.ts';
import type { Batch } from '../engine/port.ts';
import type { Transition } from '../robot/transition.ts';

/** What the learner needs of a replay memory: a ring of the newest transitions, sampled uniformly with replacement. */
export interface Replay {
  readonly capacity: number;
  /** Transitions held now. */
  readonly count: number;
  /** Before the first `add`: as if so many transitions had been added and evicted; the next one takes the place it then had. */
  skip(count: number): void;
  add(transition: Transition): void;
  /** Fills the batch (raw observations) with uniformly drawn transitions. */
  sample(random: Random, batch: Batch): void;
}
