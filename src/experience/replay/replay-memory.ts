import { SoftqdError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Transition } from '../../robot/transition.ts';
import { replayLayout, type ReplayOptions } from './replay-layout.ts';

export type { ReplayOptions } from './replay-layout.ts';

/** A minibatch to fill, row-major; its row count is the length of `rewards`. */
export interface ReplayBatch {
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
  readonly nextObservations: Float32Array;
  readonly terminated: Float32Array;
}

/** Rows of a minibatch as indices into the arrays of the memory, for an engine that gathers them itself. */
export interface ReplayRows {
  /** Row in `actions`, `rewards`, `terminated`. */
  readonly rows: Int32Array;
  /** Row in `observations`. */
  readonly observationRows: Int32Array;
  readonly nextObservationRows: Int32Array;
}

/** The place of the observation that the next transition of a stream begins with. */
interface Pending {
  step: number;
  /** Observations ever stored when it was stored. */
  stored: number;
}

/**
 * The newest transitions as float32 arrays, sampled uniformly. Consecutive steps of an episode share an observation: the next one of a
 * step is the first of the following step and is stored once; the last one of an episode has a separate row.
 *
 * Two rings: transitions, and the observations they point to. Storing an observation over an old one first forgets every transition
 * that could point there, so no observation is ever paired with a foreign successor. Episodes of fewer than `extraObservations` allows
 * (eight steps on average by default) fill the observations first: then fewer than `capacity` transitions are held.
 *
 * Several simulators may be interleaved: an open episode is found by its number and step, and shared only when the observations are
 * bit-identical. What `sample` draws depends on the transitions added, in their order, and not on their positions: a memory filled
 * again with the last `refill` transitions draws the same batches.
 */
export class ReplayMemory {
  readonly capacity: number;
  readonly observationSize: number;
  readonly actionSize: number;
  /** [observationCapacity, observationSize]. */
  readonly observations: Float32Array;
  /** [capacity, actionSize]: applied actions. */
  readonly actions: Float32Array;
  /** [capacity]. */
  readonly rewards: Float32Array;
  /** [capacity]: 1 = terminated. */
  readonly terminated: Uint8Array;
  private readonly observationCapacity: number;
  private readonly maxLag: number;
  private readonly maxStreams: number;
  private readonly observationRows: Int32Array;
  private readonly nextObservationRows: Int32Array;
  private readonly pending = new Map<number, Pending>();
  /** Transitions and observations ever stored; the transitions held are [oldest, added). */
  private added = 0;
  private oldest = 0;
  private stored = 0;

  /** Throws E_CONFIG_VALUE for sizes that are not positive integers. */
  constructor(options: ReplayOptions) {
    const layout = replayLayout(options);
    this.capacity = options.capacity;
    this.observationSize = options.observationSize;
    this.actionSize = options.actionSize;
    this.observationCapacity = layout.observationCapacity;
    this.maxLag = layout.maxLag;
    this.maxStreams = layout.maxStreams;
    this.observations = new Float32Array(layout.observationCapacity * options.observationSize);
    this.actions = new Float32Array(options.capacity * options.actionSize);
    this.rewards = new Float32Array(options.capacity);
    this.terminated = new Uint8Array(options.capacity);
    this.observationRows = new Int32Array(options.capacity);
    this.nextObservationRows = new Int32Array(options.capacity);
  }

  /** The exact size of the arrays of a memory, bytes, before it is allocated. */
  static bytesFor(options: ReplayOptions): number {
    return replayLayout(options).bytes;
  }

  /** The bytes of this memory's arrays. */
  get byteSize(): number {
    const { observations, actions, rewards, terminated, observationRows, nextObservationRows } = this;
    const arrays = [observations, actions, rewards, terminated, observationRows, nextObservationRows];
    return arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }

  /** Transitions held now. */
  get count(): number {
    return this.added - this.oldest;
  }

  /** How many of the last transitions make an equal memory when they are added to an empty one. */
  get rebuild(): number {
    return this.capacity + this.maxLag;
  }

  /** Adds a transition and evicts the oldest if necessary. Throws E_ENGINE_INPUT when its sizes differ. */
  add(transition: Transition): void {
    const { observation, nextObservation, appliedAction, reward, terminated, truncated, episode, step } = transition;
    this.checkSizes(observation.length, nextObservation.length, appliedAction.length);
    const first = this.sharedRow(transition) ?? this.store(observation);
    const next = this.store(nextObservation);
    if (this.count === this.capacity) this.oldest += 1;
    const row = this.added % this.capacity;
    this.observationRows[row] = first;
    this.nextObservationRows[row] = next;
    this.actions.set(appliedAction, row * this.actionSize);
    this.rewards[row] = reward;
    this.terminated[row] = terminated ? 1 : 0;
    this.added += 1;
    if (terminated || truncated) this.pending.delete(episode);
    else this.recordLag(episode, step + 1);
  }

  /**
   * Adds the newest transition again with another action that had the same outcome; it points to the same observations. Throws
   * E_ENGINE_INPUT when there is none or the action has another size.
   */
  addRelabeled(action: Float32Array): void {
    this.requireNotEmpty();
    this.checkSizes(this.observationSize, this.observationSize, action.length);
    const newest = (this.added - 1) % this.capacity;
    const row = this.added % this.capacity;
    if (this.count === this.capacity) this.oldest += 1;
    this.observationRows[row] = this.observationRows[newest]!;
    this.nextObservationRows[row] = this.nextObservationRows[newest]!;
    this.actions.set(action, row * this.actionSize);
    this.rewards[row] = this.rewards[newest]!;
    this.terminated[row] = this.terminated[newest]!;
    this.added += 1;
  }

  /** Fills a batch with transitions drawn uniformly, with replacement. Does not allocate. Throws E_ENGINE_INPUT when there is none. */
  sample(random: Random, batch: ReplayBatch): void {
    const { observationSize, actionSize, observations, actions } = this;
    const { observations: outFirst, nextObservations: outNext, actions: outActions, rewards, terminated } = batch;
    this.requireNotEmpty();
    for (let i = 0; i < rewards.length; i++) {
      const row = this.draw(random);
      const first = this.observationRows[row]! * observationSize;
      const next = this.nextObservationRows[row]! * observationSize;
      const out = i * observationSize;
      for (let j = 0; j < observationSize; j++) outFirst[out + j] = observations[first + j]!;
      for (let j = 0; j < observationSize; j++) outNext[out + j] = observations[next + j]!;
      const action = row * actionSize;
      const outAction = i * actionSize;
      for (let j = 0; j < actionSize; j++) outActions[outAction + j] = actions[action + j]!;
      rewards[i] = this.rewards[row]!;
      terminated[i] = this.terminated[row]!;
    }
  }

  /** The same draw as `sample`, as rows of the arrays; valid until the next `add`. */
  sampleRows(random: Random, out: ReplayRows): void {
    this.requireNotEmpty();
    for (let i = 0; i < out.rows.length; i++) {
      const row = this.draw(random);
      out.rows[i] = row;
      out.observationRows[i] = this.observationRows[row]!;
      out.nextObservationRows[i] = this.nextObservationRows[row]!;
    }
  }

  private draw(random: Random): number {
    return (this.oldest + random.integer(this.count)) % this.capacity;
  }

  /** Row of the observation when it is already there as the next one of the step before, else null. */
  private sharedRow({ episode, step, observation }: Transition): number | null {
    const pending = this.pending.get(episode);
    if (pending?.step !== step || this.stored - pending.stored > this.maxLag) return null;
    const row = pending.stored % this.observationCapacity;
    const start = row * this.observationSize;
    for (let i = 0; i < this.observationSize; i++) {
      if (!Object.is(observation[i], this.observations[start + i])) return null;
    }
    return row;
  }

  private recordLag(episode: number, step: number): void {
    this.pending.delete(episode);
    if (this.pending.size >= this.maxStreams) {
      const [forgotten] = this.pending.keys();
      this.pending.delete(forgotten!);
    }
    this.pending.set(episode, { step, stored: this.stored - 1 });
  }

  /** Stores an observation in the next row, after evicting the transitions that may point to that row. */
  private store(observation: Float32Array): number {
    const overwritten = this.stored - this.observationCapacity;
    // A transition's next observation is the newest when it is added, its first one at most `maximumLag` older.
    while (this.oldest < this.added && this.storedAt(this.oldest) - this.maxLag <= overwritten) this.oldest += 1;
    const row = this.stored % this.observationCapacity;
    this.observations.set(observation, row * this.observationSize);
    this.stored += 1;
    return row;
  }

  /** Number of observations stored before the next observation of a stored transition. */
  private storedAt(index: number): number {
    const row = this.nextObservationRows[index % this.capacity]!;
    const newest = (this.stored - 1) % this.observationCapacity;
    return this.stored - 1 - ((newest - row + this.observationCapacity) % this.observationCapacity);
  }

  private checkSizes(observation: number, next: number, action: number): void {
    if (observation === this.observationSize && next === this.observationSize && action === this.actionSize) return;
    throw new SoftqdError(
      'E_ENGINE_INPUT',
      `the transition has ${observation} observations and ${action} actions, the replay memory ${this.observationSize} and ${this.actionSize}`,
      {
        values: { observation, next, action },
      },
    );
  }

  private requireNotEmpty(): void {
    if (this.count === 0) throw new SoftqdError('E_ENGINE_INPUT', 'the replay memory is empty');
  }
}
