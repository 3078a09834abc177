import type { Tensor2D } from '@tensorflow/tfjs-core';
import { scores } from '../mathematics/score.ts';
import { meanRowNorm, svgd, updatedCount } from '../mathematics/svgd.ts';
import type { AlgorithmOptions } from '../port.ts';
import type { TensorFlow } from './backend-adapter.ts';
import { actionGradients } from './critic.ts';
import { collectGradients, type Gradients } from './gradients.ts';
import type { DeviceNetwork, Networks } from './network.ts';

export interface SamplerInput {
  readonly observations: Tensor2D;
  /** [batch * K, d] and [batch * M, d]. */
  readonly fixedLatents: Tensor2D;
  readonly updatedLatents: Tensor2D;
  readonly alpha: number;
}

export interface SamplerGradients {
  readonly gradients: Gradients;
  readonly phiNorm: number;
}

/** Networks of the update: the sampler that changes and the critics that it follows. */
export interface Actors {
  readonly sampler: DeviceNetwork;
  readonly critics: readonly DeviceNetwork[];
}

/** Pre-tanh particles u [batch * K, d] and dQ/da there, Q the minimum over the critics of each sample. */
function fixedParticles(tf: TensorFlow, networks: Networks, actors: Actors, input: SamplerInput) {
  const { observations, fixedLatents } = input;
  const u = networks.run(actors.sampler, { observations, inputs: fixedLatents, by: 'inputs' });
  const slopes = actionGradients(tf, networks, actors.critics, { observations, actions: tf.tanh(u) });
  return { u: u.dataSync() as Float32Array, actionGradients: slopes.dataSync() as Float32Array };
}

/**
 * The sampler's gradient (14): of -mean_{b,m} <stop(phi), a~> by its parameters, phi the Stein variational gradient (13).
 * In `u` particles, kernel and loss are pre-tanh, in the action spaces all of them are actions.
 */
export function samplerGradients(
  tf: TensorFlow,
  networks: Networks,
  actors: Actors,
  input: SamplerInput & { readonly options: AlgorithmOptions },
): SamplerGradients {
  const { observations, alpha, options } = input;
  const updatedLatents = options.sharedParticles ? input.fixedLatents : input.updatedLatents;
  const { svgdSpace, batchSize: batch, actionSize: size } = options;
  const fixed = fixedParticles(tf, networks, actors, input);
  const place = (u: Float32Array): Float32Array => (svgdSpace === 'pre-tanh' ? u : u.map((x) => Math.tanh(x)));
  let phiNorm = 0;
  const grads = tf.grads(() => {
    const u = networks.run(actors.sampler, { observations, inputs: updatedLatents, by: 'weights' });
    const phi = svgd(
      {
        fixed: place(fixed.u),
        scores: scores({ ...fixed, alpha, space: svgdSpace }),
        updated: place(u.dataSync() as Float32Array),
        batch,
        size,
      },
      options,
    );
    phiNorm = meanRowNorm(phi, size);
    const particles = svgdSpace === 'pre-tanh' ? u : networks.operations.tanh(u);
    const pull = phi.map((x) => -x / (batch * updatedCount(options)));
    return networks.operations.weightedSum(particles, tf.tensor2d(pull, u.shape));
  })(actors.sampler.leaves.map((leaf) => leaf.tensor));
  return { gradients: collectGradients(actors.sampler.leaves, grads), phiNorm };
}
