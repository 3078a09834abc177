import type { Driver } from '../driver/port.ts';
import type { ActMode, Policy } from '../policy/port.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { Guard, GuardMemory, SavedGuard } from '../safety/port.ts';
import type { Task, TaskMemory } from '../task/port.ts';

/** One robot of a control loop: its inputs and outputs. Several simulators are several robots of one loop. */
export interface RobotComponents {
  readonly driver: Driver;
  readonly task: Task;
  readonly policy: Policy;
  readonly mode: ActMode;
  readonly guard: Guard;
}

/** A step that is ended by the next reading: observation, proposed action and applied command. */
export interface PendingStep {
  readonly before: Reading;
  readonly observation: Float32Array;
  readonly proposedAction: Float32Array;
  readonly appliedAction: Float32Array;
  readonly appliedTargets: Float64Array;
  readonly reasonCodes: readonly number[];
  readonly policyVersion: number;
  readonly timeNs: number;
}

/** State of one robot between two ticks. */
export interface RobotState {
  readonly episode: number;
  /** Steps of this episode that have ended. */
  readonly stepsTaken: number;
  readonly memory: TaskMemory;
  readonly guard: GuardMemory;
  /** The latest reading that a tick has used, or the first one of the episode. */
  readonly reading: Reading;
  /** null: the next tick ends no step. */
  readonly pendingStep: PendingStep | null;
}

/** State of a control loop between two ticks. Immutable: each tick creates a new one. */
export interface LoopState {
  /** Sequence number of the session's next transition. */
  readonly nextSequence: number;
  /** In the order of the loop's robots. */
  readonly robots: readonly RobotState[];
}

/** An episode between two ticks, as in a checkpoint. */
export interface EpisodeState {
  readonly episode: number;
  readonly stepsTaken: number;
  readonly memory: readonly number[];
  readonly guard: SavedGuard;
}

export interface EpisodeStart {
  readonly reading: Reading;
  /** The state requested from the resetter. */
  readonly initialState: ResetState;
  readonly episode: number;
}

/**
 * The state of a robot at the first reading of an episode; `guard` is the guard's memory so far. The policy resets the
 * correlation of its actions within an episode.
 */
export function beginEpisode(
  { task, policy, guard }: Pick<RobotComponents, 'task' | 'policy' | 'guard'>,
  guardMemory: GuardMemory,
  { reading, initialState, episode }: EpisodeStart,
): RobotState {
  policy.beginEpisode();
  return {
    episode,
    stepsTaken: 0,
    memory: task.initialMemory(reading, initialState, guard.heldTargets(guardMemory)),
    guard: guard.beginEpisode(guardMemory, reading),
    reading,
    pendingStep: null,
  };
}

export function saveEpisode({ guard }: Pick<RobotComponents, 'guard'>, state: RobotState): EpisodeState {
  return {
    episode: state.episode,
    stepsTaken: state.stepsTaken,
    memory: [...state.memory],
    guard: guard.save(state.guard),
  };
}

/** The state of a robot saved by `saveEpisode`; `reading` is the current one of its world. Throws E_CHECKPOINT. */
export function restoreEpisode(
  { guard }: Pick<RobotComponents, 'guard'>,
  saved: EpisodeState,
  reading: Reading,
): RobotState {
  return {
    episode: saved.episode,
    stepsTaken: saved.stepsTaken,
    memory: Float64Array.from(saved.memory),
    guard: guard.restore(saved.guard),
    reading,
    pendingStep: null,
  };
}

/** The same loop with another state of one robot. */
export function withRobot(state: LoopState, index: number, robot: RobotState): LoopState {
  return { ...state, robots: state.robots.map((other, i) => (i === index ? robot : other)) };
}
