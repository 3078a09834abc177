import { SoftqdError } from '../base/errors.ts';
import type { Batch, UpdateInfo, UpdateSettings } from '../engine/port.ts';
import type { LearnerAlert } from '../experience/port.ts';

/** A gradient step that is skipped: number `update`, of `total` skipped ones so far. */
export function skippedUpdateAlert(update: number, total: number): LearnerAlert {
  return {
    level: 'warning',
    code: 'E_LEARNER_DIVERGED',
    message: `gradient step ${update} was not finite and was skipped (${total} so far)`,
    hint: 'A single skipped step is harmless; learner.maxNonFiniteUpdates consecutive ones stop training.',
  };
}

export interface Divergence {
  /** Consecutive non-finite gradient steps. */
  readonly inARow: number;
  /** Finite gradient steps before them. */
  readonly updates: number;
  readonly settings: UpdateSettings;
  readonly batch: Batch;
  /** The last finite gradient step. */
  readonly last: UpdateInfo | null;
}

/** E_LEARNER_DIVERGED: a learner that stops, with its metrics, the most important first. */
export function divergenceError(divergence: Divergence): SoftqdError {
  const { inARow, updates } = divergence;
  return new SoftqdError('E_LEARNER_DIVERGED', describeDivergence(divergence), {
    hint: 'Lower the learning rates or raise learner.initialAlpha; if rewards or observations are huge, scale them (learner.rewardScale, learner.normalizeObservations).',
    values: { nonFiniteInARow: inARow, updates },
  });
}

function describeDivergence({ inARow, settings, batch, last }: Divergence): string {
  const facts = [
    `largest |observation| ${largest(batch.observations)}`,
    `largest |reward| ${largest(batch.rewards)}`,
    `temperature ${last === null ? 'unknown' : last.alpha.toPrecision(3)} within [${settings.alphaMin.toPrecision(3)}, ${settings.alphaMax.toPrecision(3)}]`,
    ...(last === null
      ? ['no finite step before it']
      : [
          `last finite step: mean Q ${last.qMean.toPrecision(3)}, critics' loss ${last.qLoss.toPrecision(3)}, gradient norms ${last.criticGradientNorm.toPrecision(3)} and ${last.samplerGradientNorm.toPrecision(3)}`,
        ]),
  ];
  return `${inARow} consecutive gradient steps were not finite: ${facts.join('; ')}`;
}

function largest(values: Float32Array): string {
  let top = 0;
  for (const value of values) top = Math.max(top, Math.abs(value));
  return top.toPrecision(3);
}
