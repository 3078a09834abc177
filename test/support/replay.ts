import { type Random, XoshiroRandom } from '../../src/base/random.ts';
import type { ReplayDraw, ReplayMemory } from '../../src/experience/index.ts';
import type { Transition } from '../../src/robot/transition.ts';

/** Sizes of the transitions of a plan. */
export const OBSERVATION = 3;
export const ACTION = 2;

/** One step of a stream: how its episode continues. */
export interface Step {
  readonly stream: number;
  readonly end: 'no' | 'terminated' | 'truncated' | 'aborted';
  /** Whether the next step begins elsewhere than this one ended, as after lost transitions. */
  readonly jump: boolean;
  /** Starts a session of its own: episodes, steps and observations continue as if nothing had happened. */
  readonly session?: boolean;
}

/** Turns steps into transitions in which every observation that differs has numbers of its own. */
export function transitionsOf(steps: readonly Step[]): Transition[] {
  let fresh = 0;
  let episodes = 0;
  let sessions = 0;
  const observation = (): Float32Array => Float32Array.of(++fresh, -fresh, fresh / 2);
  const streams = new Map<number, { episode: number; step: number; last: Float32Array }>();
  return steps.map(({ stream, end, jump, session }, sequence) => {
    if (session === true) sessions += 1;
    const open = streams.get(stream) ?? { episode: episodes++, step: 0, last: observation() };
    const from = jump ? observation() : open.last;
    const to = observation();
    if (end === 'no') streams.set(stream, { episode: open.episode, step: open.step + 1, last: to });
    else streams.delete(stream);
    return {
      sessionUuid: `session ${sessions}`,
      sequence,
      episode: open.episode,
      step: open.step,
      observation: from,
      proposedAction: new Float32Array(ACTION),
      appliedAction: Float32Array.of(sequence, -sequence),
      reasonCodes: [],
      reward: sequence,
      terminated: end === 'terminated',
      truncated: end === 'truncated',
      nextObservation: to,
      policyVersion: 0,
      monotonicTimeNs: 0,
    };
  });
}

/** Arrays for a draw of `size` transitions. */
export function placesOf(size: number): ReplayDraw {
  return {
    rows: new Int32Array(size),
    observationRows: new Int32Array(size),
    nextObservationRows: new Int32Array(size),
    rewards: new Float32Array(size),
    terminated: new Float32Array(size),
    discounts: new Float64Array(size),
  };
}

export interface DrawnBatch extends ReplayDraw {
  readonly observations: Float32Array;
  readonly actions: Float32Array;
  readonly nextObservations: Float32Array;
}

/** A drawn batch with its vectors. */
export function drawnBatch(memory: ReplayMemory, random: Random, size: number): DrawnBatch {
  const range = { first: 0, count: size };
  const vectors = {
    observations: new Float32Array(size * memory.observationSize),
    actions: new Float32Array(size * memory.actionSize),
    nextObservations: new Float32Array(size * memory.observationSize),
  };
  const drawn = placesOf(size);
  memory.draw(random, drawn, range);
  memory.copy(drawn, vectors, range);
  return { ...drawn, ...vectors };
}

export interface DrawnRow {
  readonly observation: Float32Array;
  readonly action: Float32Array;
  readonly reward: number;
  readonly next: Float32Array;
  readonly terminated: number;
  readonly discount: number;
}

/** The rows of a batch of transitions of a plan. */
export function rowsOf(batch: DrawnBatch): DrawnRow[] {
  return Array.from(batch.rewards, (reward, i) => ({
    observation: batch.observations.slice(i * OBSERVATION, (i + 1) * OBSERVATION),
    action: batch.actions.slice(i * ACTION, (i + 1) * ACTION),
    reward,
    next: batch.nextObservations.slice(i * OBSERVATION, (i + 1) * OBSERVATION),
    terminated: batch.terminated[i]!,
    discount: batch.discounts[i]!,
  }));
}

/** Every row of a memory, oldest first: drawn with a counter as random source. */
export function contentsOf(memory: ReplayMemory): DrawnRow[] {
  if (memory.count === 0) return [];
  const random = new XoshiroRandom(0);
  let next = 0;
  random.integer = () => next++;
  return rowsOf(drawnBatch(memory, random, memory.count));
}
