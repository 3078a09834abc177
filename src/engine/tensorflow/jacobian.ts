import type { Rank, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './backend-adapter.ts';
import type { DeviceLayer, DeviceNetwork, LayerTrace, Networks, Norm, Pass } from './network.ts';
import { NORM_EPSILON } from './operations.ts';

/** Tangents [rows, d, width]: d directions of each row, carried forward through a network. */
class Tangents {
  private readonly tf: TensorFlow;

  constructor(tf: TensorFlow) {
    this.tf = tf;
  }

  product(tangents: Tensor3D, weight: Tensor2D): Tensor3D {
    const { tf } = this;
    const [rows, size, width] = tangents.shape;
    const flat: Tensor2D = tf.reshape(tangents, [rows * size, width]);
    return tf.reshape(tf.matMul(flat, weight), [rows, size, weight.shape[1]]);
  }

  /** Through ReLU, whose output is given. */
  relu(tangents: Tensor3D, output: Tensor2D): Tensor3D {
    const { tf } = this;
    const open = tf.cast(tf.greater(output, 0), 'float32');
    return tf.mul(tangents, tf.reshape(open, [output.shape[0], 1, output.shape[1]]));
  }

  /** Through LayerNorm of z. */
  norm(tangents: Tensor3D, z: Tensor2D, { scale }: Norm): Tensor3D {
    const { tf } = this;
    const [rows, width] = z.shape;
    const centered = tf.sub(z, tf.mean(z, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), NORM_EPSILON));
    const x = tf.reshape(tf.mul(centered, inverse), [rows, 1, width]);
    const along = tf.mul(x, tf.mean(tf.mul(tangents, x), 2, true));
    const rest = tf.sub(tf.sub(tangents, tf.mean(tangents, 2, true)), along);
    return tf.mul(tf.mul(rest, tf.reshape(inverse, [rows, 1, 1])), scale);
  }

  /** From the input of a layer to its output; the first layer's `tangents` are already behind its linear map. */
  through(layer: DeviceLayer, trace: LayerTrace, tangents: Tensor3D, first: boolean): Tensor3D {
    const { linear, norm, expand } = layer;
    if (layer.kind === 'layerNorm') return this.norm(tangents, trace.input, norm!);
    if (layer.kind === 'residual') {
      const inner = this.product(this.norm(tangents, trace.input, norm!), expand!.weight);
      return this.tf.add(tangents, this.product(this.relu(inner, trace.inner!), linear!.weight));
    }
    const own = first ? tangents : this.product(tangents, linear!.weight);
    const normed = norm === null ? own : this.norm(own, trace.inner!, norm);
    return layer.relu ? this.relu(normed, trace.output) : normed;
  }
}

/** du/dxi of the sampler [rows, d, d], entry [k, i] = du_i/dxi_k, with the skip of the latent. */
export function samplerJacobians(tf: TensorFlow, networks: Networks, sampler: DeviceNetwork, pass: Pass): Float32Array {
  const [rows, size] = pass.inputs.shape;
  const traces = networks.traces(sampler, pass);
  const through = new Tangents(tf);
  const { weight } = sampler.layers[0]!.linear!;
  // The latent's rows of the first map are the same tangents for every row.
  let tangents: Tensor3D = tf.tile(tf.reshape<Rank.R3>(weight, [1, size, weight.shape[1]]), [rows, 1, 1]);
  sampler.layers.forEach((layer, i) => (tangents = through.through(layer, traces[i]!, tangents, i === 0)));
  const jacobians = through.product(tangents, sampler.output.weight).dataSync() as Float32Array;
  if (sampler.latentSkip !== 0)
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < size; k++) jacobians[(row * size + k) * size + k]! += sampler.latentSkip;
  return jacobians;
}
