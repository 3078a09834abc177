import type { Command } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { TaskMemory } from '../port.ts';

/**
 * Action in [-1, 1]^d <-> command in the joints' units. `toAction(toCommand(a, r).targets, r)` is `a` exactly for every
 * action on the grid of quantizeAction, as long as no offset is 2^27 times its scale or larger.
 */
export interface ActionMap {
  /** NaN and infinity pass unchanged, so that the guard rejects and counts them. */
  readonly toCommand: (action: Float32Array, reading: Reading, memory: TaskMemory) => Command;
  /** Within [-1, 1]: a target that no action reaches (a stop far outside the range) maps to the nearest action. */
  readonly toAction: (targets: Float64Array, reading: Reading, memory: TaskMemory) => Float32Array;
}
