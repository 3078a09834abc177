import { SoftqdError } from '../base/errors.ts';
import { type Layer, layersOf, type LayerSpec } from './layers/index.ts';
import type { Tensor } from './port.ts';

const NORM_EPSILON = 1e-5;

interface Linear {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

interface Norm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Computes a layer's output, in an array of its own, from its input. */
type Step = (x: Float32Array) => Float32Array;

function tensorData(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new SoftqdError('E_POLICY_FILE', `missing tensor ${name} in the policy`);
  return tensor.data;
}

function affine(x: Float32Array, { weight, bias }: Linear, out: Float32Array): void {
  const width = out.length;
  out.set(bias);
  for (let i = 0; i < x.length; i++) {
    const xi = x[i]!;
    if (xi === 0) continue;
    const row = i * width;
    for (let j = 0; j < width; j++) out[j]! += xi * weight[row + j]!;
  }
}

/** (x - mean) / sqrt(variance + 1e-5) * scale + shift over the layer, into `out`, which may be x. */
function layerNorm(x: Float32Array, { scale, shift }: Norm, out: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  const mean = sum / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i]! - mean) ** 2;
  const inverse = 1 / Math.sqrt(squares / x.length + NORM_EPSILON);
  for (let i = 0; i < x.length; i++) out[i] = (x[i]! - mean) * inverse * scale[i]! + shift[i]!;
}

function relu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
}

class Parameters {
  private readonly tensors: ReadonlyMap<string, Tensor>;

  constructor(tensors: ReadonlyMap<string, Tensor>) {
    this.tensors = tensors;
  }

  linear(name: string): Linear {
    return { weight: tensorData(this.tensors, `${name}.weight`), bias: tensorData(this.tensors, `${name}.bias`) };
  }

  norm(name: string): Norm {
    return {
      scale: tensorData(this.tensors, `${name}.norm.scale`),
      shift: tensorData(this.tensors, `${name}.norm.shift`),
    };
  }
}

function linearStep(linear: Linear): Step {
  const out = new Float32Array(linear.bias.length);
  return (x) => {
    affine(x, linear, out);
    return out;
  };
}

function denseStep(layer: Layer, name: string, parameters: Parameters): Step {
  const linear = linearStep(parameters.linear(name));
  const norm = layer.layerNorm ? parameters.norm(name) : null;
  return (x) => {
    const out = linear(x);
    if (norm !== null) layerNorm(out, norm, out);
    if (layer.relu) relu(out);
    return out;
  };
}

function residualStep(layer: Layer, name: string, parameters: Parameters): Step {
  const norm = parameters.norm(name);
  const expand = linearStep(parameters.linear(`${name}.expand`));
  const project = linearStep(parameters.linear(`${name}.project`));
  const normalized = new Float32Array(layer.inputs);
  return (x) => {
    layerNorm(x, norm, normalized);
    const inner = expand(normalized);
    relu(inner);
    const out = project(inner);
    for (let i = 0; i < out.length; i++) out[i]! += x[i]!;
    return out;
  };
}

function normStep(layer: Layer, name: string, parameters: Parameters): Step {
  const norm = parameters.norm(name);
  const out = new Float32Array(layer.width);
  return (x) => {
    layerNorm(x, norm, out);
    return out;
  };
}

const STEPS = { dense: denseStep, residual: residualStep, layerNorm: normStep } as const;

/** One network of a policy for one row at a time, float32, without allocation once built. */
export class Network {
  private readonly steps: readonly Step[];

  /** Takes the tensors `<prefix>.*` of these layers and of the output as they are; the arrays are shared, not copied. Throws E_POLICY_FILE. */
  constructor(tensors: ReadonlyMap<string, Tensor>, prefix: string, layers: readonly LayerSpec[]) {
    const parameters = new Parameters(tensors);
    this.steps = [
      ...layersOf(layers, 0).map((layer, i) => STEPS[layer.kind](layer, `${prefix}.${i}`, parameters)),
      linearStep(parameters.linear(`${prefix}.${layers.length}`)),
    ];
  }

  /** The output row for one input row; overwritten by the next call. */
  run(input: Float32Array): Float32Array {
    let x = input;
    for (const step of this.steps) x = step(x);
    return x;
  }
}
