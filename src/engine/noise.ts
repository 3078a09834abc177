import type { Random } from '../base/random.ts';
import { latentSize } from './options/index.ts';
import type { AlgorithmOptions, NoiseParts, UpdateNoise } from './port.ts';

interface NoiseRequirements {
  readonly valueLatents: boolean;
  readonly valueJitter: boolean;
  readonly valueUniform: boolean;
  readonly valueChoice: boolean;
}

function noiseRequirements(options: AlgorithmOptions): NoiseRequirements {
  const soft = options.criticTarget === 'soft-value';
  const mixture = soft && options.proposal === 'mixture';
  const mixed = mixture && options.proposalUniformFraction > 0;
  return {
    valueLatents: !soft || options.proposal !== 'uniform',
    valueJitter: mixture,
    valueUniform: mixed || (soft && options.proposal === 'uniform'),
    valueChoice: mixed,
  };
}

/** Elements of every array of one update's noise; 0 where the options do not use it. */
export function noiseLengths(options: AlgorithmOptions): Readonly<Record<keyof UpdateNoise, number>> {
  const { batchSize, actionSize, valueSamples } = options;
  const used = noiseRequirements(options);
  const rows = batchSize * valueSamples;
  const latent = latentSize(options);
  return {
    valueLatents: used.valueLatents ? rows * latent : 0,
    valueJitter: used.valueJitter ? rows * actionSize : 0,
    valueUniform: used.valueUniform ? rows * actionSize : 0,
    valueChoice: used.valueChoice ? rows : 0,
    fixedLatents: batchSize * options.fixedParticles * latent,
    updatedLatents: options.sharedParticles ? 0 : batchSize * options.updatedParticles * latent,
  };
}

/** Arrays for the random numbers of one update; those that the options do not use are empty, constant latents stay 0. */
export function noiseFor(options: AlgorithmOptions): UpdateNoise {
  const lengths = noiseLengths(options);
  return {
    valueLatents: new Float32Array(lengths.valueLatents),
    valueJitter: new Float32Array(lengths.valueJitter),
    valueUniform: new Float32Array(lengths.valueUniform),
    valueChoice: new Float32Array(lengths.valueChoice),
    fixedLatents: new Float32Array(lengths.fixedLatents),
    updatedLatents: new Float32Array(lengths.updatedLatents),
  };
}

const ALL_PARTS: NoiseParts = { critics: true, sampler: true };

/**
 * Draws the random numbers of one update into `noise` (from noiseFor with the same options), in this order and only the arrays that are used:
 * critics: valueLatents, valueJitter, valueUniform, valueChoice; sampler: fixedLatents, updatedLatents. Constant latents are not drawn.
 */
export function drawNoise(
  random: Random,
  options: AlgorithmOptions,
  noise: UpdateNoise,
  parts: NoiseParts = ALL_PARTS,
): void {
  const normalLatents = options.latent === 'normal';
  if (parts.critics) {
    if (normalLatents) random.fillNormal(noise.valueLatents);
    random.fillNormal(noise.valueJitter);
    random.fillUniform(noise.valueUniform, -1, 1);
    random.fillUniform(noise.valueChoice, 0, 1);
  }
  if (!parts.sampler || !normalLatents) return;
  random.fillNormal(noise.fixedLatents);
  random.fillNormal(noise.updatedLatents);
}
