import type { PlaybackMismatch } from '../../driver/index.ts';
import type { Transition } from '../../robot/transition.ts';

type Found = Pick<PlaybackMismatch, 'name' | 'recorded' | 'played'>;

/** The first element that differs in a bit between two transitions of one tick, or null; session and times are not compared. */
export function transitionMismatch(recorded: Transition, played: Transition): Found | null {
  for (const name of ['episode', 'step', 'policyVersion', 'reward'] as const) {
    if (!Object.is(recorded[name], played[name])) return { name, recorded: recorded[name], played: played[name] };
  }
  for (const name of ['terminated', 'truncated'] as const) {
    if (recorded[name] !== played[name])
      return { name, recorded: Number(recorded[name]), played: Number(played[name]) };
  }
  for (const name of ['observation', 'proposedAction', 'appliedAction', 'reasonCodes', 'nextObservation'] as const) {
    const found = vectorMismatch(name, recorded[name], played[name]);
    if (found !== null) return found;
  }
  return null;
}

/** The first element that differs in a bit; where one is shorter, what is missing is NaN. */
export function vectorMismatch(name: string, recorded: ArrayLike<number>, played: ArrayLike<number>): Found | null {
  for (let i = 0; i < Math.max(recorded.length, played.length); i++) {
    if (Object.is(recorded[i], played[i])) continue;
    return { name: `${name}[${i}]`, recorded: recorded[i] ?? NaN, played: played[i] ?? NaN };
  }
  return null;
}
