import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tensor as PlainTensor } from '../../policy/index.ts';
import type { TensorFlow } from './backend-adapter.ts';
import { type Differentiate, Operations } from './operations.ts';

interface DeviceLayer {
  /** For the first layer: the rows of the latent or action. */
  readonly weight: Tensor2D;
  readonly bias: Tensor1D;
  readonly norm: { readonly scale: Tensor1D; readonly shift: Tensor1D } | null;
}

/** One parameter (or a part of its rows) on the backend, and the place of its gradient. */
export interface Leaf {
  readonly tensor: Tensor;
  readonly name: string;
  /** First element of this part within the named parameter. */
  readonly offset: number;
}

/** A network on the backend for one update; its first layer is split so that an observation's part is computed once for all its particles. */
export interface DeviceNetwork {
  readonly observationWeight: Tensor2D;
  readonly layers: readonly DeviceLayer[];
  readonly leaves: readonly Leaf[];
}

export interface Pass {
  /** [batch, observation] */
  readonly observations: Tensor2D;
  /** Latents or actions [batch * particles, size]; the particles of one state are adjacent. */
  readonly inputs: Tensor2D;
  readonly by: Differentiate;
}

/** Networks on a TensorFlow.js backend. */
export class Networks {
  private readonly tf: TensorFlow;
  readonly operations: Operations;

  constructor(tf: TensorFlow) {
    this.tf = tf;
    this.operations = new Operations(tf);
  }

  /** Copies `<prefix>.<i>.*` to the backend; call it inside tidy. */
  upload(tensors: ReadonlyMap<string, PlainTensor>, prefix: string, observationSize: number): DeviceNetwork {
    const { tf } = this;
    const leaves: Leaf[] = [];
    const leaf = (name: string, rows?: { from: number; to: number }): Tensor => {
      const { shape, data } = tensors.get(name)!;
      const width = shape[1] ?? 1;
      const { from, to } = rows ?? { from: 0, to: shape[0]! };
      const part = data.subarray(from * width, to * width);
      const tensor = tf.tensor(part, shape.length === 2 ? [to - from, width] : [to - from]);
      leaves.push({ tensor, name, offset: from * width });
      return tensor;
    };
    const vector = (name: string): Tensor1D => leaf(name) as Tensor1D;
    const observationWeight = leaf(`${prefix}.0.weight`, { from: 0, to: observationSize }) as Tensor2D;
    const layers: DeviceLayer[] = [];
    for (let i = 0; tensors.has(`${prefix}.${i}.weight`); i++) {
      const name = `${prefix}.${i}`;
      const rows = tensors.get(`${name}.weight`)!.shape[0]!;
      layers.push({
        weight: leaf(`${name}.weight`, { from: i === 0 ? observationSize : 0, to: rows }) as Tensor2D,
        bias: vector(`${name}.bias`),
        norm: tensors.has(`${name}.norm.scale`)
          ? { scale: vector(`${name}.norm.scale`), shift: vector(`${name}.norm.shift`) }
          : null,
      });
    }
    return { observationWeight, layers, leaves };
  }

  /** The output rows [batch * particles, out]. */
  run(network: DeviceNetwork, pass: Pass): Tensor2D {
    const activations = this.activations(network, pass);
    const last = network.layers.at(-1)!;
    return this.affine(activations.at(-1)!, last, pass.by);
  }

  /** The rows after every hidden layer. */
  activations(network: DeviceNetwork, pass: Pass): Tensor2D[] {
    const { operations } = this;
    const activations: Tensor2D[] = [];
    network.layers.slice(0, -1).forEach((layer, i) => {
      let x = i === 0 ? this.firstLayer(network, pass) : this.affine(activations[i - 1]!, layer, pass.by);
      if (layer.norm !== null) x = operations.layerNorm(x, layer.norm, pass.by);
      activations.push(operations.relu(x));
    });
    return activations;
  }

  private affine(x: Tensor2D, layer: DeviceLayer, by: Differentiate): Tensor2D {
    return by === 'weights'
      ? this.operations.affine(x, layer.weight, layer.bias)
      : this.operations.affineOfConstants(x, layer.weight, layer.bias);
  }

  /** W_o o + (W_x x + b), the first part once per state. */
  private firstLayer(network: DeviceNetwork, pass: Pass): Tensor2D {
    const { tf, operations } = this;
    const { observations, inputs, by } = pass;
    const first = network.layers[0]!;
    const own =
      by === 'weights'
        ? operations.affineOfData(inputs, first.weight, first.bias)
        : operations.affineOfConstants(inputs, first.weight, first.bias);
    const shared: Tensor2D =
      by === 'weights'
        ? operations.productOfData(observations, network.observationWeight)
        : tf.matMul(observations, network.observationWeight);
    return operations.addShared(own, shared, by);
  }
}
