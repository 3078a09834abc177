import { SoftqdError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Transition } from '../../robot/transition.ts';
import { checkReturns, replayLayout, type ReplayOptions, type ReplaySizes } from './replay-layout.ts';

export type { ReplayOptions } from './replay-layout.ts';

/** Transitions drawn from a memory: rows of its arrays, and the return of the steps from each row on. */
export interface ReplayDraw {
  /** Row in `actions`. */
  readonly rows: Int32Array;
  /** Row in `observations`. */
  readonly observationRows: Int32Array;
  /** Row in `observations` of the state after the last step summed up. */
  readonly nextObservationRows: Int32Array;
  /** r_t + discount r_(t+1) + ... over the steps summed up. */
  readonly rewards: Float32Array;
  /** 1 where the last step summed up terminated its episode, else 0. */
  readonly terminated: Float32Array;
  /** The discount to the power of the steps summed up. */
  readonly discounts: Float64Array;
}

/** What is copied from the rows of a draw, row-major. */
export interface ReplayVectors {
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  readonly nextObservations: Float32Array;
}

/** The rows [first, first + count) of a draw. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** The newest step of an open episode: what the next one has to continue. */
interface OpenEpisode {
  readonly sessionUuid: string;
  readonly nextStep: number;
  /** Observations ever stored when its next observation was stored. */
  readonly stored: number;
  /** Transitions ever stored before it, and before the last one of its copies with other actions. */
  readonly first: number;
  last: number;
}

const NO_SUCCESSOR = -1;

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
 * again with the last `rebuild` transitions draws the same batches.
 *
 * With `nStep` n a draw sums up to n steps. A step is followed by the next one of the same session and episode whose first observation is
 * bit-identical with the step's next one: the sum ends at the end of the episode (terminated or truncated), before lost transitions and
 * at the newest step, and then has fewer terms and bootstraps from the state that it reached.
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
  private readonly discount: number;
  private readonly nStep: number;
  private readonly observationCapacity: number;
  private readonly maxLag: number;
  private readonly maxStreams: number;
  private readonly observationRows: Int32Array;
  private readonly nextObservationRows: Int32Array;
  /** Row of the step that follows in the same episode, or NO_SUCCESSOR. */
  private readonly successors: Int32Array;
  private readonly open = new Map<number, OpenEpisode>();
  /** The open episode of the newest transition; null when that one ended it. */
  private newest: OpenEpisode | null = null;
  /** Transitions and observations ever stored; the transitions held are [oldest, added). */
  private added = 0;
  private oldest = 0;
  private stored = 0;

  /** Throws E_CONFIG_VALUE for sizes that are not positive integers and a discount outside [0, 1]. */
  constructor(options: ReplayOptions) {
    checkReturns(options);
    const layout = replayLayout(options);
    this.capacity = options.capacity;
    this.observationSize = options.observationSize;
    this.actionSize = options.actionSize;
    this.discount = options.discount;
    this.nStep = options.nStep ?? 1;
    this.observationCapacity = layout.observationCapacity;
    this.maxLag = layout.maxLag;
    this.maxStreams = layout.maxStreams;
    this.observations = new Float32Array(layout.observationCapacity * options.observationSize);
    this.actions = new Float32Array(options.capacity * options.actionSize);
    this.rewards = new Float32Array(options.capacity);
    this.terminated = new Uint8Array(options.capacity);
    this.observationRows = new Int32Array(options.capacity);
    this.nextObservationRows = new Int32Array(options.capacity);
    this.successors = new Int32Array(options.capacity);
  }

  /** The exact size of the arrays of a memory, bytes, before it is allocated. */
  static bytesFor(options: ReplaySizes): number {
    return replayLayout(options).bytes;
  }

  /** The bytes of this memory's arrays. */
  get byteSize(): number {
    const { observations, actions, rewards, terminated, observationRows, nextObservationRows, successors } = this;
    const arrays = [observations, actions, rewards, terminated, observationRows, nextObservationRows, successors];
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
    const { observation, nextObservation, appliedAction, reward, terminated, truncated } = transition;
    this.checkSizes(observation.length, nextObservation.length, appliedAction.length);
    const previous = this.previousStep(transition);
    const first = previous === null ? this.store(observation) : previous.stored % this.observationCapacity;
    const next = this.store(nextObservation);
    this.append({ first, next, action: appliedAction, reward, terminated: terminated ? 1 : 0 });
    if (previous !== null) this.link(previous);
    this.open.delete(transition.episode);
    this.newest = terminated || truncated ? null : this.openEpisode(transition);
  }

  /**
   * Adds the newest transition again with another action that had the same outcome; it points to the same observations. Throws
   * E_ENGINE_INPUT when there is none or the action has another size.
   */
  addRelabeled(action: Float32Array): void {
    this.requireNotEmpty();
    this.checkSizes(this.observationSize, this.observationSize, action.length);
    const newest = (this.added - 1) % this.capacity;
    this.append({
      first: this.observationRows[newest]!,
      next: this.nextObservationRows[newest]!,
      action,
      reward: this.rewards[newest]!,
      terminated: this.terminated[newest]!,
    });
    if (this.newest !== null) this.newest.last = this.added - 1;
  }

  /** Draws transitions uniformly, with replacement. Does not allocate. Valid until the next `add`. Throws E_ENGINE_INPUT when there is none. */
  draw(random: Random, out: ReplayDraw, { first, count }: RowRange): void {
    this.requireNotEmpty();
    for (let i = first; i < first + count; i++) {
      const row = (this.oldest + random.integer(this.count)) % this.capacity;
      out.rows[i] = row;
      out.observationRows[i] = this.observationRows[row]!;
      this.sumSteps(row, out, i);
    }
  }

  /** Copies the vectors of a draw. Does not allocate. */
  copy(
    { rows, observationRows, nextObservationRows }: ReplayDraw,
    to: ReplayVectors,
    { first, count }: RowRange,
  ): void {
    const { observationSize, actionSize, observations, actions } = this;
    for (let i = first; i < first + count; i++) {
      const from = observationRows[i]! * observationSize;
      const next = nextObservationRows[i]! * observationSize;
      const out = i * observationSize;
      for (let j = 0; j < observationSize; j++) to.observations[out + j] = observations[from + j]!;
      for (let j = 0; j < observationSize; j++) to.nextObservations[out + j] = observations[next + j]!;
      const action = rows[i]! * actionSize;
      const outAction = i * actionSize;
      for (let j = 0; j < actionSize; j++) to.actions[outAction + j] = actions[action + j]!;
    }
  }

  /** The return of up to `nStep` steps from a row on, into element `i` of the draw. */
  private sumSteps(row: number, out: ReplayDraw, i: number): void {
    let last = row;
    let sum = this.rewards[row]!;
    let discount = this.discount;
    for (let step = 1; step < this.nStep; step++) {
      const next = this.successors[last]!;
      if (next === NO_SUCCESSOR) break;
      sum += discount * this.rewards[next]!;
      discount *= this.discount;
      last = next;
    }
    out.rewards[i] = sum;
    out.discounts[i] = discount;
    out.terminated[i] = this.terminated[last]!;
    out.nextObservationRows[i] = this.nextObservationRows[last]!;
  }

  private append(step: {
    readonly first: number;
    readonly next: number;
    readonly action: Float32Array;
    readonly reward: number;
    readonly terminated: number;
  }): void {
    if (this.count === this.capacity) this.oldest += 1;
    const row = this.added % this.capacity;
    this.observationRows[row] = step.first;
    this.nextObservationRows[row] = step.next;
    this.actions.set(step.action, row * this.actionSize);
    this.rewards[row] = step.reward;
    this.terminated[row] = step.terminated;
    this.successors[row] = NO_SUCCESSOR;
    this.added += 1;
  }

  /** The newest transition follows the step and its copies, as far as they are still held. */
  private link({ first, last }: OpenEpisode): void {
    const newest = (this.added - 1) % this.capacity;
    for (let index = Math.max(first, this.oldest); index <= last; index++)
      this.successors[index % this.capacity] = newest;
  }

  /** The step that the transition continues, or null. */
  private previousStep({ sessionUuid, episode, step, observation }: Transition): OpenEpisode | null {
    const open = this.open.get(episode);
    if (open?.nextStep !== step || open.sessionUuid !== sessionUuid) return null;
    if (this.stored - open.stored > this.maxLag) return null;
    const start = (open.stored % this.observationCapacity) * this.observationSize;
    for (let i = 0; i < this.observationSize; i++) {
      if (!Object.is(observation[i], this.observations[start + i])) return null;
    }
    return open;
  }

  private openEpisode({ sessionUuid, episode, step }: Transition): OpenEpisode {
    if (this.open.size >= this.maxStreams) {
      const [forgotten] = this.open.keys();
      this.open.delete(forgotten!);
    }
    const index = this.added - 1;
    const opened = { sessionUuid, nextStep: step + 1, stored: this.stored - 1, first: index, last: index };
    this.open.set(episode, opened);
    return opened;
  }

  /** Stores an observation in the next row, after evicting the transitions that may point to that row. */
  private store(observation: Float32Array): number {
    const overwritten = this.stored - this.observationCapacity;
    // A transition's next observation is the newest when it is added, its first one at most `maxLag` older.
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
