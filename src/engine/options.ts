import { SoftqdError } from '../base/errors.ts';
import type { NetworkLayout } from '../policy/index.ts';
import type { AlgorithmOptions } from './port.ts';

const COUNTS = [
  'observationSize',
  'actionSize',
  'batchSize',
  'fixedParticles',
  'updatedParticles',
  'valueSamples',
] as const;
const POSITIVE = ['proposalSigma', 'initialAlpha', 'adamEpsilon', 'rewardScale'] as const;
const RATES = ['alphaLearningRate', 'criticLearningRate', 'samplerLearningRate'] as const;
const FRACTIONS = [
  'proposalUniformFraction',
  'importanceExponent',
  'targetTau',
  'adamBeta1',
  'adamBeta2',
  'discount',
] as const;

function refuse(key: string, value: unknown, want: string): never {
  throw new SoftqdError('E_CONFIG_VALUE', `learner.${key} is ${String(value)}, must be ${want} (engine/options.ts)`, {
    values: { key: `learner.${key}` },
  });
}

/** Throws E_CONFIG_VALUE for options that no engine can compute with, naming the key. */
export function checkOptions(options: AlgorithmOptions): void {
  for (const key of COUNTS)
    if (!Number.isSafeInteger(options[key]) || options[key] < 1) refuse(key, options[key], 'an integer >= 1');
  for (const key of POSITIVE)
    if (!(options[key] > 0 && options[key] < Infinity)) refuse(key, options[key], 'positive and finite');
  for (const key of RATES)
    if (!(options[key] >= 0 && options[key] < Infinity)) refuse(key, options[key], 'finite and not negative');
  for (const key of FRACTIONS)
    if (!(options[key] >= 0 && options[key] <= 1)) refuse(key, options[key], 'within [0, 1]');
  const widths = options.hiddenUnits;
  if (widths.length < 1 || widths.length > 3 || widths.some((width) => !Number.isSafeInteger(width) || width < 1))
    refuse('hiddenUnits', widths.join(' x '), 'one to three integers >= 1');
  if (!Number.isSafeInteger(options.targetCopyUpdates) || options.targetCopyUpdates < 0)
    refuse('targetCopyUpdates', options.targetCopyUpdates, 'an integer >= 0');
  if (options.targetCopyUpdates > 0 && options.targetTau > 0)
    refuse('targetTau', options.targetTau, '0 when targetCopyUpdates is set');
  if (!Number.isFinite(options.targetEntropy)) refuse('targetEntropy', options.targetEntropy, 'finite');
  if (options.kernelFactor === 'log' && options.fixedParticles < 2)
    refuse('fixedParticles', options.fixedParticles, 'at least 2 with kernelFactor log (log 1 = 0)');
}

/** The networks that these options ask for; the latent has as many elements as the action. */
export function networkLayout(options: AlgorithmOptions): NetworkLayout {
  return {
    observationSize: options.observationSize,
    actionSize: options.actionSize,
    latentSize: options.actionSize,
    hiddenUnits: options.hiddenUnits,
    criticCount: options.criticCount,
    criticLayerNorm: options.criticLayerNorm,
  };
}
