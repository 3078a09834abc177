import type { Transition } from '../../../robot/transition.ts';

/**
 * Gathers transitions into episodes: each is returned when it ends, unfinished ones at the end of the log. Episodes of simulators
 * side by side are taken apart; a new session ends what was open.
 */
export async function* episodesOf(transitions: AsyncIterable<Transition>): AsyncGenerator<readonly Transition[]> {
  const open = new Map<number, Transition[]>();
  let session = '';
  for await (const transition of transitions) {
    if (transition.sessionUuid !== session) {
      yield* open.values();
      open.clear();
      session = transition.sessionUuid;
    }
    const episode = open.get(transition.episode) ?? [];
    episode.push(transition);
    if (transition.terminated || transition.truncated) {
      open.delete(transition.episode);
      yield episode;
    } else {
      open.set(transition.episode, episode);
    }
  }
  yield* open.values();
}

/** Most step times that are looked at. */
const STEPS = 999;

/** Steps per second of a log, rounded to an integer: the median over its first steps; 1 when no two steps follow each other. */
export async function framesPerSecond(transitions: AsyncIterable<Transition>): Promise<number> {
  const previous = new Map<number, Transition>();
  const stepsNs: number[] = [];
  for await (const transition of transitions) {
    const before = previous.get(transition.episode);
    if (before?.sessionUuid === transition.sessionUuid && before.step === transition.step - 1) {
      const stepNs = transition.monotonicTimeNs - before.monotonicTimeNs;
      if (stepNs > 0) stepsNs.push(stepNs);
    }
    if (transition.terminated || transition.truncated) previous.delete(transition.episode);
    else previous.set(transition.episode, transition);
    if (stepsNs.length >= STEPS) break;
  }
  stepsNs.sort((a, b) => a - b);
  const medianNs = stepsNs[stepsNs.length >> 1];
  return medianNs === undefined ? 1 : Math.max(1, Math.round(1e9 / medianNs));
}
