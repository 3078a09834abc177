import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import { noiseLengths } from './noise.ts';
import type { AlgorithmOptions, Batch, ParticleNoise, UpdateNoise, ValueNoise } from './port.ts';

function checkLength(what: string, have: number, want: number): void {
  if (have !== want) throw new SoftqdError('E_ENGINE_INPUT', `${what} has ${have} elements, expected ${want}`);
}

/** A batch of the options' sizes, all 0 but the discounts, which are the task's. */
export function emptyBatch({ batchSize, observationSize, actionSize, discount }: AlgorithmOptions): Batch {
  return {
    observations: new Float32Array(batchSize * observationSize),
    actions: new Float32Array(batchSize * actionSize),
    rewards: new Float32Array(batchSize),
    nextObservations: new Float32Array(batchSize * observationSize),
    terminated: new Float32Array(batchSize),
    discounts: new Float64Array(batchSize).fill(discount),
  };
}

function checkNoise<Noise extends Partial<UpdateNoise>>(
  options: AlgorithmOptions,
  noise: Noise,
  names: readonly (keyof Noise & keyof UpdateNoise)[],
): void {
  const lengths = noiseLengths(options);
  for (const name of names) checkLength(`noise.${name}`, noise[name]!.length, lengths[name]);
}

/** Throws E_ENGINE_INPUT when an array of the batch or of the noise has a length other than the options require. */
export function checkCriticInput(options: AlgorithmOptions, batch: Batch, noise: ValueNoise): void {
  const { batchSize, observationSize, actionSize } = options;
  checkLength('batch.observations', batch.observations.length, batchSize * observationSize);
  checkLength('batch.nextObservations', batch.nextObservations.length, batchSize * observationSize);
  checkLength('batch.actions', batch.actions.length, batchSize * actionSize);
  checkLength('batch.rewards', batch.rewards.length, batchSize);
  checkLength('batch.terminated', batch.terminated.length, batchSize);
  checkLength('batch.discounts', batch.discounts.length, batchSize);
  checkNoise(options, noise, ['valueLatents', 'valueJitter', 'valueUniform', 'valueChoice']);
}

/** Likewise for the sampler's update. */
export function checkSamplerInput(options: AlgorithmOptions, observations: Float32Array, noise: ParticleNoise): void {
  checkLength('batch.observations', observations.length, options.batchSize * options.observationSize);
  checkNoise(options, noise, ['fixedLatents', 'updatedLatents']);
}

/** A backend's ReLU may turn NaN into 0, so that an invalid batch would train without an error: check before. */
export function batchIsFinite(batch: Batch): boolean {
  return (
    firstNonFinite(batch.rewards) < 0 &&
    firstNonFinite(batch.observations) < 0 &&
    firstNonFinite(batch.nextObservations) < 0 &&
    firstNonFinite(batch.actions) < 0 &&
    firstNonFinite(batch.terminated) < 0
  );
}
