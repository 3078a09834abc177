import type { Body, Resetter } from '../driver/port.ts';
import type { Policy, ActMode } from '../policy/port.ts';
import type { Reading, ResetState } from '../robot/reading.ts';
import type { Guard, GuardMemory } from '../safety/port.ts';
import type { Task, TaskMemory } from '../task/port.ts';

/** The rooms of one robot on the line. */
export interface LaneRooms {
  readonly body: Body;
  readonly resetter: Resetter;
  readonly task: Task;
  readonly policy: Policy;
  readonly mode: ActMode;
  readonly guard: Guard;
}

/** A step that waits for the reading that ends it: what was seen, meant and really sent. */
export interface OpenStep {
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
export interface LaneState {
  readonly episode: number;
  readonly stepsTaken: number;
  readonly memory: readonly number[];
  readonly guard: GuardMemory;
}

/** One robot on the line and the episode it is in. Several simulators are several lanes of one line. */
export class Lane {
  readonly rooms: LaneRooms;
  readonly index: number;
  /** Newest reading that takeNewest has not handed out yet. */
  pending: Reading | null = null;
  /** Newest reading handed out. */
  newest: Reading | null = null;
  episode = -1;
  stepsTaken = 0;
  memory: TaskMemory = new Float64Array(0);
  open: OpenStep | null = null;

  constructor(rooms: LaneRooms, index = 0) {
    this.rooms = rooms;
    this.index = index;
  }

  /** Begins an episode at `reading`; `state` is what the resetter was asked for. */
  begin(reading: Reading, state: ResetState, episode: number): void {
    this.newest = reading;
    this.pending = null;
    this.episode = episode;
    this.stepsTaken = 0;
    this.open = null;
    this.memory = this.rooms.task.begin(reading, state);
    this.rooms.guard.beginEpisode(reading);
    this.rooms.policy.beginEpisode();
  }

  save(): LaneState {
    return {
      episode: this.episode,
      stepsTaken: this.stepsTaken,
      memory: [...this.memory],
      guard: this.rooms.guard.save(),
    };
  }

  /** Takes an episode up again where `save` left it; `reading` is the world's current one. */
  restore(state: LaneState, reading: Reading): void {
    this.newest = reading;
    this.pending = null;
    this.open = null;
    this.episode = state.episode;
    this.stepsTaken = state.stepsTaken;
    this.memory = Float64Array.from(state.memory);
    this.rooms.guard.beginEpisode(reading);
    this.rooms.guard.restore(state.guard);
  }
}
