import type { Random } from '../base/random.ts';
import type { ResetState } from '../robot/reading.ts';
import type { Task } from '../task/port.ts';

/**
 * The initial state of an episode, with a seed for simulators that choose the state themselves. The seed depends on the seed of `random` and
 * the number of the episode only, so that it costs no random number of a run whose simulator takes states.
 */
export function seededInitialState(task: Task, random: Random, episode: number): ResetState {
  return {
    ...task.sampleInitialState(random),
    seed: random.fork(`simulator-seed-${episode}`).integer(2 ** 32),
  };
}
