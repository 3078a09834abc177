import type { ReplayMemory } from '../experience/index.ts';
import type { Transition } from '../robot/transition.ts';
import { clippedProposedAction } from './clipped-action.ts';

/** Stores a transition, with `learnClipped` a clipped one a second time with its proposed action. */
export function storeTransition(memory: ReplayMemory, transition: Transition, learnClipped: boolean): void {
  memory.add(transition);
  const proposal = learnClipped ? clippedProposedAction(transition) : null;
  if (proposal !== null) memory.addRelabeled(proposal);
}
