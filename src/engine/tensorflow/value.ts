import type { Tensor2D } from '@tensorflow/tfjs-core';
import { mixtureProposal, type ProposalSamples, uniformProposal } from '../mathematics/proposal.ts';
import { samplerProposal } from '../mathematics/sampler-density.ts';
import { softValue } from '../mathematics/soft-value.ts';
import { latentSize } from '../options/index.ts';
import type { AlgorithmOptions, ValueNoise } from '../port.ts';
import type { TensorFlow } from './backend-adapter.ts';
import { minQ } from './critic.ts';
import { samplerJacobians } from './jacobian.ts';
import type { DeviceNetwork, Networks } from './network.ts';

export interface ValueInput {
  readonly nextObservations: Tensor2D;
  readonly noise: ValueNoise;
  readonly alpha: number;
  readonly options: AlgorithmOptions;
}

/** The online sampler (the target one for `action-value`) and the target critics. */
export interface ValueActors {
  readonly sampler: DeviceNetwork;
  readonly critics: readonly DeviceNetwork[];
}

function propose(tf: TensorFlow, networks: Networks, sampler: DeviceNetwork, input: ValueInput): ProposalSamples {
  const { nextObservations, noise, options } = input;
  const shape = { batch: options.batchSize, samples: options.valueSamples, actionSize: options.actionSize };
  if (options.proposal === 'uniform') return uniformProposal(shape, noise.valueUniform);
  const inputs = tf.tensor2d(noise.valueLatents, [shape.batch * shape.samples, latentSize(options)]);
  const pass = { observations: nextObservations, inputs, by: 'inputs' } as const;
  const u = networks.run(sampler, pass).dataSync() as Float32Array;
  if (options.proposal === 'sampler') {
    const jacobians = samplerJacobians(tf, networks, sampler, pass);
    return samplerProposal(shape, { latents: noise.valueLatents, u, jacobians });
  }
  const { valueJitter: jitter, valueUniform: uniform, valueChoice: choice } = noise;
  return mixtureProposal(
    shape,
    { centers: u, jitter, uniform, choice },
    { sigma: options.proposalSigma, uniformFraction: options.proposalUniformFraction },
  );
}

/** Mean over the samples of Q(s', tanh(f(xi; s'))): the deterministic target when the latent is constant (ddpg). */
function actionValue(tf: TensorFlow, networks: Networks, actors: ValueActors, input: ValueInput): Float32Array {
  const { nextObservations, noise, options } = input;
  const rows = options.batchSize * options.valueSamples;
  const inputs = tf.tensor2d(noise.valueLatents, [rows, latentSize(options)]);
  const u = networks.run(actors.sampler, { observations: nextObservations, inputs, by: 'inputs' });
  const q = minQ(tf, networks, actors.critics)(nextObservations, tf.tanh(u));
  return tf.mean(tf.reshape(q, [options.batchSize, options.valueSamples]), 1).dataSync() as Float32Array;
}

/** V(s') [batch] of the target critics, equation (10) or the action value. */
export function nextValues(tf: TensorFlow, networks: Networks, actors: ValueActors, input: ValueInput): Float32Array {
  const { options, nextObservations, alpha } = input;
  if (options.criticTarget === 'action-value') return actionValue(tf, networks, actors, input);
  const { actions, logDensity } = propose(tf, networks, actors.sampler, input);
  const onDevice = tf.tensor2d(actions, [logDensity.length, options.actionSize]);
  const q = minQ(tf, networks, actors.critics)(nextObservations, onDevice).dataSync() as Float32Array;
  return softValue({
    q,
    logDensity,
    samples: options.valueSamples,
    alpha,
    importanceExponent: options.importanceExponent,
  });
}
