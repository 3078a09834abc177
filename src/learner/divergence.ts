import type { Batch, UpdateInfo, UpdateSettings } from '../engine/port.ts';

/** Diagnosis of a learner that stops: its metrics, the most important first. */
export function describeDivergence(
  inARow: number,
  settings: UpdateSettings,
  batch: Batch,
  last: UpdateInfo | null,
): string {
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
