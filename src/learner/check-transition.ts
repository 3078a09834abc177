import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import type { Transition } from '../robot/transition.ts';

/**
 * Rejects transitions that must not be learned: observations [observationSize] and the applied action [actionSize] of another size, NaN or
 * infinity in observations or reward (E_TRANSITION_INVALID), an action outside [-1, 1] (E_ACTION_RANGE).
 */
export function checkTransition(t: Transition, observationSize: number, actionSize: number): void {
  checkVector(t, 'observation', t.observation, observationSize);
  checkVector(t, 'nextObservation', t.nextObservation, observationSize);
  if (t.appliedAction.length !== actionSize) {
    throw refuse(t, `appliedAction has ${t.appliedAction.length} elements, the task has ${actionSize}`);
  }
  for (const [i, a] of t.appliedAction.entries()) {
    if (!(a >= -1 && a <= 1)) {
      throw new SoftqdError(
        'E_ACTION_RANGE',
        `transition ${t.sequence}: appliedAction[${i}] is ${a}, outside [-1, 1]`,
        {
          values: { sequence: t.sequence, element: i },
        },
      );
    }
  }
  if (!Number.isFinite(t.reward)) throw refuse(t, `reward is ${t.reward}`);
}

function checkVector(t: Transition, name: string, values: Float32Array, size: number): void {
  if (values.length !== size) throw refuse(t, `${name} has ${values.length} elements, the task has ${size}`);
  const bad = firstNonFinite(values);
  if (bad >= 0) throw refuse(t, `${name}[${bad}] is ${values[bad]!}`);
}

function refuse(t: Transition, why: string): SoftqdError {
  return new SoftqdError('E_TRANSITION_INVALID', `transition ${t.sequence}: ${why}`, {
    values: { sequence: t.sequence },
  });
}
