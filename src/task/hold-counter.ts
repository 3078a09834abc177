import type { TaskMemory } from './port.ts';

/** Keeps in two elements of a task's memory for how many steps on end something has held, and whether that was long enough once. */
export interface HoldCounter {
  /** Writes into `next`, which starts as a copy of the memory before the step. */
  count(next: TaskMemory, holds: boolean): void;
  succeeded(memory: TaskMemory): boolean;
}

/** `heldAt` counts the steps, the element after it is 1 from the moment on that `holdS` seconds have passed on end. */
export function createHoldCounter(holdS: number, controlPeriodS: number, heldAt: number): HoldCounter {
  // A rounding error must not add a step.
  const steps = Math.max(1, Math.ceil(holdS / controlPeriodS - 1e-9));
  return {
    count(next, holds) {
      next[heldAt] = holds ? next[heldAt]! + 1 : 0;
      if (next[heldAt] >= steps) next[heldAt + 1] = 1;
    },
    succeeded: (memory) => memory[heldAt + 1] === 1,
  };
}
