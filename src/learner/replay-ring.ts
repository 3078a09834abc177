import type { Random } from '../base/random.ts';
import type { Batch } from '../engine/port.ts';
import type { Transition } from '../robot/transition.ts';
import type { Replay } from './replay.ts';

/** A Float32 ring of transitions, allocated once. */
export class ReplayRing implements Replay {
  readonly capacity: number;
  private readonly columns: Batch;
  private readonly observationSize: number;
  private readonly actionSize: number;
  private added = 0;
  private held = 0;

  constructor(capacity: number, observationSize: number, actionSize: number) {
    this.capacity = capacity;
    this.observationSize = observationSize;
    this.actionSize = actionSize;
    this.columns = {
      observations: new Float32Array(capacity * observationSize),
      actions: new Float32Array(capacity * actionSize),
      rewards: new Float32Array(capacity),
      nextObservations: new Float32Array(capacity * observationSize),
      terminated: new Float32Array(capacity),
    };
  }

  static bytes(capacity: number, observationSize: number, actionSize: number): number {
    return 4 * capacity * (2 * observationSize + actionSize + 2);
  }

  get count(): number {
    return this.held;
  }

  skip(count: number): void {
    this.added += count;
  }

  add(t: Transition): void {
    const { columns, observationSize, actionSize } = this;
    const i = this.added % this.capacity;
    columns.observations.set(t.observation, i * observationSize);
    columns.actions.set(t.appliedAction, i * actionSize);
    columns.rewards[i] = t.reward;
    columns.nextObservations.set(t.nextObservation, i * observationSize);
    columns.terminated[i] = t.terminated ? 1 : 0;
    this.added += 1;
    this.held = Math.min(this.held + 1, this.capacity);
  }

  sample(random: Random, batch: Batch): void {
    const { columns, observationSize, actionSize } = this;
    const first = this.added - this.held;
    for (let row = 0; row < batch.rewards.length; row++) {
      const i = (first + random.integer(this.held)) % this.capacity;
      copyRow(columns.observations, i, batch.observations, row, observationSize);
      copyRow(columns.actions, i, batch.actions, row, actionSize);
      batch.rewards[row] = columns.rewards[i]!;
      copyRow(columns.nextObservations, i, batch.nextObservations, row, observationSize);
      batch.terminated[row] = columns.terminated[i]!;
    }
  }
}

function copyRow(from: Float32Array, i: number, to: Float32Array, row: number, size: number): void {
  to.set(from.subarray(i * size, (i + 1) * size), row * size);
}
