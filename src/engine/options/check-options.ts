import { SoftqdError } from '../../base/errors.ts';
import { describeRange, inRange, integer, number, type Range } from '../../base/ranges.ts';
import type { NetworkLayout } from '../../policy/index.ts';
import { ALGORITHM_SETTINGS, type AlgorithmOptions, type AlgorithmSettings } from './settings.ts';

const SIZES = { observationSize: integer(1, 65_536), actionSize: integer(1, 256), discount: number(0, 1) } as const;

/** Settings that no engine can combine, by the key to change. */
export function conflictingOptions(
  options: AlgorithmSettings,
): readonly { readonly key: keyof AlgorithmSettings; readonly text: string }[] {
  const { targetTau, targetCopyUpdates, kernelFactor, fixedParticles } = options;
  return [
    ...(targetCopyUpdates > 0 && targetTau > 0
      ? [{ key: 'targetTau', text: `is ${targetTau}, must be 0 when learner.targetCopyUpdates is set` } as const]
      : []),
    ...(kernelFactor === 'log' && fixedParticles < 2
      ? [{ key: 'fixedParticles', text: 'must be at least 2 with learner.kernelFactor log (log 1 = 0)' } as const]
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
}

function optionError(key: string, text: string): SoftqdError {
  return new SoftqdError('E_CONFIG_VALUE', `learner.${key} ${text}`, { values: { key: `learner.${key}` } });
}

/** The networks of an engine with these options; the latent has as many elements as the action. */
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

/** Target entropy of automatic alpha, nats. */
export function targetEntropy(options: Pick<AlgorithmOptions, 'targetEntropyPerDimension' | 'actionSize'>): number {
  return options.targetEntropyPerDimension * options.actionSize;
}
