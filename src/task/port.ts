import type { Random } from '../base/random.ts';
import type { Command } from '../robot/command.ts';
import type { Reading, ResetState } from '../robot/reading.ts';

/** What a task must remember between steps (a target, how long it has held); its meaning belongs to the task. */
export type TaskMemory = Float64Array;

export interface TaskSpec {
  readonly name: string;
  readonly robot: string;
  /** One name per observation element; its length is the observation size. */
  readonly observationNames: readonly string[];
  readonly actionSize: number;
  readonly discount: number;
  /** Steps after which an episode is truncated. */
  readonly horizon: number;
  /** Sensors that a driver must provide in addition to the joints. */
  readonly requiredSensors: readonly string[];
}

/** One step for the task: the readings before and after, and the command between them (in the control loop the applied one, open loop the raw one). */
export interface TaskStep {
  readonly before: Reading;
  readonly command: Command;
  readonly after: Reading;
  /** The memory before the step. */
  readonly memory: TaskMemory;
}

/** Reading -> observation, reward, end; action <-> command. Pure: the same code for simulator and hardware. */
export interface Task {
  readonly spec: TaskSpec;
  /** Draws where an episode begins. */
  sampleInitialState(random: Random): ResetState;
  /**
   * The memory at an episode's first reading; `state` is what `initial` drew. `heldTargets`: what the joints are commanded to, where the
   * robot continues from its previous episode; null: it was reset, or has not been commanded.
   */
  initialMemory(reading: Reading, state: ResetState, heldTargets?: Float64Array | null): TaskMemory;
  /** The observation (float64; a task that is float32 by definition rounds), a new array. */
  observe(reading: Reading, memory: TaskMemory): Float64Array;
  /** The memory after a step, a new array. */
  nextMemory(step: TaskStep): TaskMemory;
  /** `next` is what `advance` returned for this step. */
  reward(step: TaskStep, next: TaskMemory): number;
  terminated(after: Reading, next: TaskMemory): boolean;
  /** `stepsTaken` counts this step. */
  truncated(stepsTaken: number): boolean;
  /** Actions of any finite size are accepted; [-1, 1] is the policy's range. */
  toCommand(action: Float32Array, reading: Reading, memory: TaskMemory): Command;
  /** The inverse of toCommand; on an unaltered command it returns the same action exactly (actions lie on the grid of quantizeAction). */
  toAction(targets: Float64Array, reading: Reading, memory: TaskMemory): Float32Array;
  /** How the episode counts in `outcomes` (reach: "success"), or null. Asked once, at the end. Absent: episodes neither succeed nor fail. */
  outcome?(memory: TaskMemory, terminated: boolean): string | null;
}
