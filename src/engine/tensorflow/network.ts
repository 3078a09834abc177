import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tensor as PlainTensor } from '../../policy/index.ts';
import { type Layer, layersOf, type LayerSpec } from '../../policy/layers/index.ts';
import type { TensorFlow } from './backend-adapter.ts';
import { type Differentiate, Operations } from './operations.ts';

interface Linear {
  /** Of the first layer: the rows of the latent or action. */
  readonly weight: Tensor2D;
  readonly bias: Tensor1D;
}

export interface Norm {
  readonly scale: Tensor1D;
  readonly shift: Tensor1D;
}

/** A layer on the backend; what its kind does not have is null. */
export interface DeviceLayer {
  readonly kind: Layer['kind'];
  readonly relu: boolean;
  /** The map of a dense layer, the second one of a residual block. */
  readonly linear: Linear | null;
  readonly norm: Norm | null;
  readonly expand: Linear | null;
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
  readonly output: Linear;
  /** c of output + c inputs; 0 for critics. */
  readonly latentSkip: number;
  readonly leaves: readonly Leaf[];
}

/** What tells one network's structure. */
export interface NetworkSpec {
  readonly layers: readonly LayerSpec[];
  readonly observationSize: number;
  readonly latentSkip: number;
}

/** The rows at a layer: input (of the first: the output), what is between its two steps (before LayerNorm; inside a block), output. */
export interface LayerTrace {
  readonly input: Tensor2D;
  readonly inner: Tensor2D | null;
  readonly output: Tensor2D;
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

  /** Copies `<prefix>.*` to the backend; call it inside tidy. */
  upload(tensors: ReadonlyMap<string, PlainTensor>, prefix: string, spec: NetworkSpec): DeviceNetwork {
    const upload = new Upload(this.tf, tensors);
    const { observationSize } = spec;
    const observationWeight = upload.leaf(`${prefix}.0.weight`, { from: 0, to: observationSize }) as Tensor2D;
    const layers = layersOf(spec.layers, 0).map(({ kind, relu, layerNorm }, i): DeviceLayer => {
      const name = `${prefix}.${i}`;
      const [linear, expand] =
        kind === 'dense'
          ? [upload.linear(name, i === 0 ? observationSize : 0), null]
          : kind === 'residual'
            ? [upload.linear(`${name}.project`), upload.linear(`${name}.expand`)]
            : [null, null];
      return { kind, relu, linear, expand, norm: layerNorm || kind !== 'dense' ? upload.norm(name) : null };
    });
    const output = upload.linear(`${prefix}.${layers.length}`);
    return { observationWeight, layers, output, latentSkip: spec.latentSkip, leaves: upload.leaves };
  }

  /** The output rows [batch * particles, out]. */
  run(network: DeviceNetwork, pass: Pass): Tensor2D {
    const out = this.affine(this.traces(network, pass).at(-1)!.output, network.output, pass.by);
    if (network.latentSkip === 0) return out;
    return this.operations.shift(out, this.tf.mul(pass.inputs, network.latentSkip));
  }

  /** The rows at every layer. */
  traces(network: DeviceNetwork, pass: Pass): LayerTrace[] {
    const traces: LayerTrace[] = [];
    for (const layer of network.layers) traces.push(this.layer(network, layer, pass, traces.at(-1)?.output));
    return traces;
  }

  private layer(network: DeviceNetwork, layer: DeviceLayer, pass: Pass, input?: Tensor2D): LayerTrace {
    const { operations } = this;
    const { by } = pass;
    if (layer.kind === 'dense') {
      const inner = input === undefined ? this.firstLayer(network, pass) : this.affine(input, layer.linear!, by);
      const normed = layer.norm === null ? inner : operations.layerNorm(inner, layer.norm, by);
      const output = layer.relu ? operations.relu(normed) : normed;
      return { input: input ?? output, inner, output };
    }
    const normed = operations.layerNorm(input!, layer.norm!, by);
    if (layer.kind === 'layerNorm') return { input: input!, inner: null, output: normed };
    const inner = operations.relu(this.affine(normed, layer.expand!, by));
    return { input: input!, inner, output: operations.sum(input!, this.affine(inner, layer.linear!, by)) };
  }

  private affine(x: Tensor2D, layer: Linear, by: Differentiate): Tensor2D {
    return by === 'weights'
      ? this.operations.affine(x, layer.weight, layer.bias)
      : this.operations.affineOfConstants(x, layer.weight, layer.bias);
  }

  /** W_o o + (W_x x + b), the first part once per state. */
  private firstLayer(network: DeviceNetwork, pass: Pass): Tensor2D {
    const { tf, operations } = this;
    const { observations, inputs, by } = pass;
    const first = network.layers[0]!.linear!;
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

/** Copies parameters and counts them as leaves. */
class Upload {
  readonly leaves: Leaf[] = [];
  private readonly tf: TensorFlow;
  private readonly tensors: ReadonlyMap<string, PlainTensor>;

  constructor(tf: TensorFlow, tensors: ReadonlyMap<string, PlainTensor>) {
    this.tf = tf;
    this.tensors = tensors;
  }

  leaf(name: string, rows?: { from: number; to: number }): Tensor {
    const { shape, data } = this.tensors.get(name)!;
    const width = shape[1] ?? 1;
    const { from, to } = rows ?? { from: 0, to: shape[0]! };
    const part = data.subarray(from * width, to * width);
    const tensor = this.tf.tensor(part, shape.length === 2 ? [to - from, width] : [to - from]);
    this.leaves.push({ tensor, name, offset: from * width });
    return tensor;
  }

  /** The map `name` from row `from` of its weight on. */
  linear(name: string, from = 0): Linear {
    const to = this.tensors.get(`${name}.weight`)!.shape[0]!;
    return {
      weight: this.leaf(`${name}.weight`, { from, to }) as Tensor2D,
      bias: this.leaf(`${name}.bias`) as Tensor1D,
    };
  }

  norm(name: string): Norm {
    return {
      scale: this.leaf(`${name}.norm.scale`) as Tensor1D,
      shift: this.leaf(`${name}.norm.shift`) as Tensor1D,
    };
  }
}
