import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExperienceSource } from '../../src/experience/port.ts';
import type { Transition } from '../../src/robot/transition.ts';

export const SESSION = '11111111-2222-8333-8444-555555555555';

/** A transition whose numbers follow from its sequence; episodes of `episodeSteps` end truncated. */
export function transition(sequence: number, changes: Partial<Transition> = {}, episodeSteps = 20): Transition {
  const observationAt = (i: number): Float32Array =>
    Float32Array.from([Math.sin(i * 0.7), Math.cos(i * 1.3), ((i * 37) % 11) / 11 - 0.5]);
  const step = sequence % episodeSteps;
  return {
    sessionUuid: SESSION,
    sequence,
    episode: Math.floor(sequence / episodeSteps),
    step,
    observation: observationAt(sequence),
    proposedAction: Float32Array.of(Math.sin(sequence)),
    appliedAction: Float32Array.of(Math.fround(Math.sin(sequence) * 0.9)),
    reasonCodes: sequence % 5 === 0 ? [1, 4] : [],
    reward: Math.cos(sequence * 0.3) - 1,
    terminated: false,
    truncated: step === episodeSteps - 1,
    nextObservation: observationAt(sequence + 1),
    policyVersion: 0,
    monotonicTimeNs: sequence * 1e6,
    ...changes,
  };
}

/** A log in memory: data beyond `flushed` is not yet readable, as in a real log. */
export class MemoryExperience implements ExperienceSource {
  readonly transitions: Transition[] = [];
  /** Sequences below this are on disk. */
  flushed = Infinity;
  reads = 0;

  async *read(sessionUuid: string, afterSequence: number): AsyncGenerator<Transition> {
    this.reads += 1;
    await nextTurn();
    for (const t of this.transitions) {
      if (t.sessionUuid !== sessionUuid || t.sequence <= afterSequence) continue;
      if (t.sequence >= this.flushed) return;
      yield t;
    }
  }
}
