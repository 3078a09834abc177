import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import { noiseLengths } from './noise.ts';
import type { AlgorithmOptions, Batch, UpdateNoise } from './port.ts';

function checkLength(what: string, have: number, want: number): void {
  if (have !== want) throw new SoftqdError('E_ENGINE_INPUT', `${what} has ${have} elements, expected ${want}`);
}

/** A batch of the options' sizes, all 0. */
export function emptyBatch({ batchSize, observationSize, actionSize }: AlgorithmOptions): Batch {
  return {
    observations: new Float32Array(batchSize * observationSize),
    actions: new Float32Array(batchSize * actionSize),
    rewards: new Float32Array(batchSize),
    nextObservations: new Float32Array(batchSize * observationSize),
    terminated: new Float32Array(batchSize),
  };
}

/** Throws E_ENGINE_INPUT when an array of the batch or of the noise has a length other than the options require. */
export function checkInput(options: AlgorithmOptions, batch: Batch, noise: UpdateNoise): void {
  const { batchSize, observationSize, actionSize } = options;
  checkLength('batch.observations', batch.observations.length, batchSize * observationSize);
  checkLength('batch.nextObservations', batch.nextObservations.length, batchSize * observationSize);
  checkLength('batch.actions', batch.actions.length, batchSize * actionSize);
  checkLength('batch.rewards', batch.rewards.length, batchSize);
  checkLength('batch.terminated', batch.terminated.length, batchSize);
  const lengths = noiseLengths(options);
  for (const [name, want] of Object.entries(lengths))
    checkLength(`noise.${name}`, noise[name as keyof UpdateNoise].length, want);
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
