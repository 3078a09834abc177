import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './backend-adapter.ts';
import type { DeviceNetwork, Networks, Pass } from './network.ts';

/**
 * du/dxi of the sampler [rows, d, d], entry [k, i] = du_i/dxi_k, carried forward through the layers as d tangents per row.
 * ReLU networks without layer norm only: a sampler has none.
 */
export function samplerJacobians(tf: TensorFlow, networks: Networks, sampler: DeviceNetwork, pass: Pass): Tensor3D {
  const rows = pass.inputs.shape[0];
  const size = pass.inputs.shape[1];
  const masks = networks.activations(sampler, pass).map((activation) => tf.cast(tf.greater(activation, 0), 'float32'));
  let tangents: Tensor3D = tf.reshape(sampler.layers[0]!.weight, [1, size, sampler.layers[0]!.bias.shape[0]]);
  sampler.layers.slice(1).forEach((layer, i) => {
    const width = layer.weight.shape[0];
    const masked = tf.mul(tangents, tf.reshape(masks[i]!, [rows, 1, width]));
    const flat: Tensor2D = tf.reshape(masked, [rows * size, width]);
    tangents = tf.reshape(tf.matMul(flat, layer.weight), [rows, size, layer.weight.shape[1]]);
  });
  return tangents;
}
