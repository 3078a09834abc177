import { type EntropyEstimate, samplerEntropyOf } from '../mathematics/sampler-density.ts';
import { latentSize } from '../options/index.ts';
import type { AlgorithmOptions, ParticleNoise } from '../port.ts';
import type { TensorFlow } from './backend-adapter.ts';
import { samplerJacobians } from './jacobian.ts';
import type { DeviceNetwork, Networks } from './network.ts';

/** How many states of a batch, from the first, are measured. */
function measuredStates({ temperature, batchSize }: AlgorithmOptions): number {
  return temperature === 'automatic' ? batchSize : Math.ceil(batchSize / 8);
}

/** The first fixed latent of each of the first `states` states [states, d]. */
function firstLatents(options: AlgorithmOptions, states: number, latents: Float32Array): Float32Array {
  const { fixedParticles, actionSize: d } = options;
  const first = new Float32Array(states * d);
  for (let b = 0; b < states; b++) {
    const at = b * fixedParticles * d;
    first.set(latents.subarray(at, at + d), b * d);
  }
  return first;
}

/** The entropy of the sampler's actions (33) at observations [batch, observation]; 0 for a constant latent or one of another size. */
export function samplerEntropy(
  tf: TensorFlow,
  networks: Networks,
  sampler: DeviceNetwork,
  at: { readonly observations: Float32Array; readonly noise: ParticleNoise; readonly options: AlgorithmOptions },
): EntropyEstimate {
  const { noise, options } = at;
  if (options.latent === 'zero' || latentSize(options) !== options.actionSize)
    return { entropy: 0, logDeterminantSpread: 0 };
  const { observationSize, actionSize } = options;
  const states = measuredStates(options);
  const observations = tf.tensor2d(at.observations.subarray(0, states * observationSize), [states, observationSize]);
  const inputs = tf.tensor2d(firstLatents(options, states, noise.fixedLatents), [states, actionSize]);
  const pass = { observations, inputs, by: 'inputs' } as const;
  const u = networks.run(sampler, pass).dataSync() as Float32Array;
  const jacobians = samplerJacobians(tf, networks, sampler, pass);
  return samplerEntropyOf({ u, jacobians, size: actionSize });
}
