import { SoftqdError } from '../base/errors.ts';
import type { Tensor } from './port.ts';

const NORM_EPSILON = 1e-5;

interface Layer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly norm: { readonly scale: Float32Array; readonly shift: Float32Array } | null;
  readonly out: Float32Array;
}

function tensorData(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new SoftqdError('E_POLICY_FILE', `missing tensor ${name} in the policy`);
  return tensor.data;
}

function affine(x: Float32Array, layer: Layer): void {
  const { weight, bias, out } = layer;
  const width = out.length;
  out.set(bias);
  for (let i = 0; i < x.length; i++) {
    const xi = x[i]!;
    if (xi === 0) continue;
    const row = i * width;
    for (let j = 0; j < width; j++) out[j]! += xi * weight[row + j]!;
  }
}

/** (x - mean) / sqrt(variance + 1e-5) * scale + shift over the layer. */
function layerNorm(x: Float32Array, scale: Float32Array, shift: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  const mean = sum / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i]! - mean) ** 2;
  const inverse = 1 / Math.sqrt(squares / x.length + NORM_EPSILON);
  for (let i = 0; i < x.length; i++) x[i] = (x[i]! - mean) * inverse * scale[i]! + shift[i]!;
}

function relu(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
}

/** One network of a policy for one row at a time, float32, without allocation once built. */
export class DenseNetwork {
  private readonly layers: readonly Layer[];

  /** Takes `<prefix>.<i>.weight|bias|norm.*` for i = 0.. as they are; the arrays are shared, not copied. */
  constructor(tensors: ReadonlyMap<string, Tensor>, prefix: string) {
    const layers: Layer[] = [];
    for (let i = 0; tensors.has(`${prefix}.${i}.weight`); i++) {
      const bias = tensorData(tensors, `${prefix}.${i}.bias`);
      layers.push({
        weight: tensorData(tensors, `${prefix}.${i}.weight`),
        bias,
        norm: tensors.has(`${prefix}.${i}.norm.scale`)
          ? {
              scale: tensorData(tensors, `${prefix}.${i}.norm.scale`),
              shift: tensorData(tensors, `${prefix}.${i}.norm.shift`),
            }
          : null,
        out: new Float32Array(bias.length),
      });
    }
    if (layers.length === 0) throw new SoftqdError('E_POLICY_FILE', `the policy has no network ${prefix}`);
    this.layers = layers;
  }

  /** The output row for one input row; overwritten by the next call. */
  run(input: Float32Array): Float32Array {
    let x = input;
    const last = this.layers.length - 1;
    for (let i = 0; i <= last; i++) {
      const layer = this.layers[i]!;
      affine(x, layer);
      if (i < last) {
        if (layer.norm !== null) layerNorm(layer.out, layer.norm.scale, layer.norm.shift);
        relu(layer.out);
      }
      x = layer.out;
    }
    return x;
  }
}
