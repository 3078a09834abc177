import type { Random } from '../../base/random.ts';
import type { Command } from '../../robot/command.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ParameterDefinitions, TaskParameters } from '../settings.ts';

/** How actions in [-1, 1] become targets; see `jointActions`. */
export interface ActionOptions {
  /** Joint speed of a full action, rad/s or m/s (joints commanded by position or velocity); at most the joint's limit. Default 1.5. */
  readonly maxSpeedRadOrMPerS?: number;
  /** Position joints: largest distance of a target ahead of its joint, rad or m. Default 0.15. */
  readonly maxLeadRadOrM?: number;
}

/** One step: the readings before and after, the command between them, and what the task remembered before it. */
export interface BehaviorStep {
  readonly before: Reading;
  /** What was applied. */
  readonly command: Command;
  readonly after: Reading;
  readonly memory: Float64Array;
  /** The command as an action, in [-1, 1] for each joint. */
  readonly action: Float32Array;
  /** That of the step before; zeros in an episode's first step. */
  readonly previousAction: ArrayLike<number>;
}

/** What the episodes of a task are. Every function is pure: it depends on its arguments only, and does not change them. */
export interface TaskBehavior {
  /**
   * One name for each element of the observation. For every joint commanded by position `lead(JOINT)` is appended, its target minus its
   * position.
   */
  readonly observationNames: readonly string[];
  /**
   * Where an episode begins; all coordinates of the simulator, joints first. `memory` is given to `initialMemory`. Default: poses from the
   * inner 60 % of the joint ranges, at rest.
   */
  sampleInitialState?(random: Random): ResetState;
  /** What is remembered at an episode's first reading; always of the same length. Default: nothing. */
  initialMemory?(reading: Reading, state: ResetState): ArrayLike<number>;
  observe(reading: Reading, memory: Float64Array): ArrayLike<number>;
  /** What is remembered after a step, a new array. Default: the same as before it. */
  nextMemory?(step: BehaviorStep): ArrayLike<number>;
  /** `next` is what `nextMemory` returned. */
  reward(step: BehaviorStep, next: Float64Array): number;
  /** Whether the episode ends here: nothing that follows counts. Default: never. The horizon truncates, too. */
  terminated?(after: Reading, next: Float64Array): boolean;
  /** How the episode counts: 'success' or another word; 'none' and null: not. Absent: episodes neither succeed nor fail. */
  outcome?(memory: Float64Array, terminated: boolean): string | null;
}

export interface TaskContext<Defined extends ParameterDefinitions = ParameterDefinitions> {
  readonly robot: RobotSpec;
  /** The parameters of the task file, with defaults. */
  readonly parameters: TaskParameters<Defined>;
  /** Steps after which an episode is truncated. */
  readonly horizon: number;
}

export interface TaskDefinition<Defined extends ParameterDefinitions = ParameterDefinitions> {
  /** What the task file may state in `parameters`: numbers with a range, or flags. */
  readonly parameters?: Defined;
  /** Sensors that the task reads, each with the number of values that it needs at least. */
  readonly sensors?: Readonly<Record<string, number>>;
  readonly actions?: ActionOptions;
  create(context: TaskContext<Defined>): TaskBehavior;
}

/** Defines a task: the default export of the module that a task file names. Returns its argument, typed. */
export function defineTask<const Defined extends ParameterDefinitions>(
  definition: TaskDefinition<Defined>,
): TaskDefinition<Defined> {
  return definition;
}
