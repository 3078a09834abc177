import { SoftqdError } from '../../base/errors.ts';
import { describeRange, inRange, integer, number, type Range } from '../../base/ranges.ts';
import type { NetworkLayout } from '../../policy/index.ts';
import { ALGORITHM_SETTINGS, type AlgorithmOptions, type AlgorithmSettings } from './settings.ts';

const SIZES = { observationSize: integer(1, 65_536), actionSize: integer(1, 256), discount: number(0, 1) } as const;

/** Settings that no engine can combine, by the key to change. */
export function conflictingOptions(
  options: AlgorithmSettings,
): readonly { readonly key: keyof AlgorithmSettings; readonly text: string }[] {
  const { targetTau, targetCopyUpdates, kernelFactor, fixedParticles, sharedParticles } = options;
  return [
    ...(targetCopyUpdates > 0 && targetTau > 0
      ? [{ key: 'targetTau', text: `is ${targetTau}, must be 0 when learner.targetCopyUpdates is set` } as const]
      : []),
    ...(kernelFactor === 'log' && fixedParticles < 2
      ? [{ key: 'fixedParticles', text: 'must be at least 2 with learner.kernelFactor log (log 1 = 0)' } as const]
      : []),
    ...(sharedParticles && fixedParticles < 2
      ? [{ key: 'fixedParticles', text: 'must be at least 2 with learner.sharedParticles' } as const]
      : []),
  ];
}

/** Throws E_CONFIG_VALUE, naming the key, for options outside their range and for conflicting ones. */
export function checkOptions(options: AlgorithmOptions): void {
  const ranges: [keyof AlgorithmOptions, Range][] = [
    ...(Object.entries(SIZES) as [keyof typeof SIZES, Range][]),
    ...Object.entries(ALGORITHM_SETTINGS).map(
      ([key, { range }]) => [key as keyof AlgorithmSettings, range] as [keyof AlgorithmSettings, Range],
    ),
  ];
  for (const [key, range] of ranges) {
    const value = options[key];
    if (!inRange(range, value)) throw optionError(key, `is ${JSON.stringify(value)}, must be ${describeRange(range)}`);
  }
  const [conflict] = conflictingOptions(options);
  if (conflict !== undefined) throw optionError(conflict.key, conflict.text);
  checkLatentSize(options);
}

/** The density (33) and the skip need a latent for each element of the action. */
function checkLatentSize(options: AlgorithmOptions): void {
  const { temperature, proposal, latentSkip, actionSize } = options;
  const size = latentSize(options);
  if (size === actionSize) return;
  const needs = [
    ...(temperature === 'automatic' ? ['learner.temperature automatic'] : []),
    ...(proposal === 'sampler' ? ['learner.proposal sampler'] : []),
    ...(latentSkip !== 0 ? [`learner.latentSkip ${latentSkip}`] : []),
  ];
  if (needs.length === 0) return;
  const text = `is ${size}, the action has ${actionSize} elements: ${needs.join(', ')} needs both to be equal`;
  throw optionError(
    'latentSize',
    text,
    'Leave learner.latentSize null, or use a fixed temperature and another proposal.',
  );
}

function optionError(key: string, text: string, hint?: string): SoftqdError {
  return new SoftqdError('E_CONFIG_VALUE', `learner.${key} ${text}`, {
    ...(hint === undefined ? {} : { hint }),
    values: { key: `learner.${key}` },
  });
}

/** Elements of the latent. */
export function latentSize(options: Pick<AlgorithmOptions, 'latentSize' | 'actionSize'>): number {
  return options.latentSize ?? options.actionSize;
}

/** The networks of an engine with these options. */
export function networkLayout(options: AlgorithmOptions): NetworkLayout {
  return {
    observationSize: options.observationSize,
    actionSize: options.actionSize,
    latentSize: latentSize(options),
    samplerLayers: options.samplerLayers,
    criticLayers: options.criticLayers,
    criticCount: options.criticCount,
  };
}

/** Target entropy of automatic alpha, nats. */
export function targetEntropy(options: Pick<AlgorithmOptions, 'targetEntropyPerDimension' | 'actionSize'>): number {
  return options.targetEntropyPerDimension * options.actionSize;
}
