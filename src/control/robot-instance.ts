import type { Driver, Resetter } from '../driver/port.ts';
import type { Policy, ActMode } from '../policy/port.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { Guard, GuardState } from '../safety/port.ts';
import type { Task, TaskMemory } from '../task/port.ts';

/** The rooms of one robot on the line. */
export interface RobotComponents {
  readonly driver: Driver;
  readonly resetter: Resetter;
  readonly task: Task;
  readonly policy: Policy;
  readonly mode: ActMode;
  readonly guard: Guard;
}

/** A step that waits for the reading that ends it: what was seen, meant and really sent. */
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

/** Where a lane stands between two ticks; a checkpoint holds exactly this. */
export interface EpisodeState {
  readonly episode: number;
  readonly stepsTaken: number;
  readonly memory: readonly number[];
  readonly guard: GuardState;
}

/** One robot on the line and the episode it is in. Several simulators are several lanes of one line. */
export class RobotInstance {
  readonly components: RobotComponents;
  readonly index: number;
  /** Newest reading that takeNewest has not handed out yet. */
  pendingReading: Reading | null = null;
  /** Newest reading handed out. */
  latestReading: Reading | null = null;
  episode = -1;
  stepsTaken = 0;
  memory: TaskMemory = new Float64Array(0);
  pendingStep: PendingStep | null = null;

  constructor(components: RobotComponents, index = 0) {
    this.components = components;
    this.index = index;
  }

  /** Begins an episode at `reading`; `state` is what the resetter was asked for. */
  begin(reading: Reading, state: ResetState, episode: number): void {
    this.latestReading = reading;
    this.pendingReading = null;
    this.episode = episode;
    this.stepsTaken = 0;
    this.pendingStep = null;
    this.memory = this.components.task.initialMemory(reading, state);
    this.components.guard.beginEpisode(reading);
    this.components.policy.beginEpisode();
  }

  save(): EpisodeState {
    return {
      episode: this.episode,
      stepsTaken: this.stepsTaken,
      memory: [...this.memory],
      guard: this.components.guard.save(),
    };
  }

  /** Takes an episode up again where `save` left it; `reading` is the world's current one. */
  restore(state: EpisodeState, reading: Reading): void {
    this.latestReading = reading;
    this.pendingReading = null;
    this.pendingStep = null;
    this.episode = state.episode;
    this.stepsTaken = state.stepsTaken;
    this.memory = Float64Array.from(state.memory);
    this.components.guard.beginEpisode(reading);
    this.components.guard.restore(state.guard);
  }
}
