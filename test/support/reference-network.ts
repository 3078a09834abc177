import type { AlgorithmOptions, EngineState } from '../../src/engine/index.ts';
import type { LayerSpec } from '../../src/policy/index.ts';

/** Parameters in float64; one can be moved to differentiate numerically. */
export type Parameters = Map<string, Float64Array>;

export function parametersOf(state: EngineState): Parameters {
  return new Map([...state.tensors].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** What forward needs of an engine's options or of a policy's description. */
export type NetworksOf = Pick<AlgorithmOptions, 'samplerLayers' | 'criticLayers' | 'criticCount'>;

/** The layers of `sampler`, `target_sampler`, `critic0`, ... */
function layersOfNetwork(options: NetworksOf, prefix: string): readonly LayerSpec[] {
  return prefix.includes('sampler') ? options.samplerLayers : options.criticLayers;
}

function linear(parameters: Parameters, name: string, x: readonly number[]): number[] {
  const weight = parameters.get(`${name}.weight`)!;
  const bias = parameters.get(`${name}.bias`)!;
  return [...bias].map((b, j) => x.reduce((sum, xi, row) => sum + xi * weight[row * bias.length + j]!, b));
}

function norm(parameters: Parameters, name: string, z: readonly number[]): number[] {
  const scale = parameters.get(`${name}.norm.scale`)!;
  const shift = parameters.get(`${name}.norm.shift`)!;
  const mean = z.reduce((a, b) => a + b, 0) / z.length;
  const variance = z.reduce((a, b) => a + (b - mean) ** 2, 0) / z.length;
  return z.map((value, j) => ((value - mean) / Math.sqrt(variance + 1e-5)) * scale[j]! + shift[j]!);
}

const relu = (x: readonly number[]): number[] => x.map((value) => Math.max(value, 0));

function layer(parameters: Parameters, name: string, spec: LayerSpec, x: readonly number[]): number[] {
  if (spec.kind === 'layerNorm') return norm(parameters, name, x);
  if (spec.kind === 'residual') {
    const inner = relu(linear(parameters, `${name}.expand`, norm(parameters, name, x)));
    return linear(parameters, `${name}.project`, inner).map((value, i) => value + x[i]!);
  }
  const z = linear(parameters, name, x);
  const normed = spec.layerNorm === true ? norm(parameters, name, z) : z;
  return spec.relu === false ? normed : relu(normed);
}

/** The network `prefix` on one input row; of a sampler without the skip of the latent. */
export function forward(
  options: NetworksOf,
  parameters: Parameters,
  prefix: string,
  input: readonly number[],
): number[] {
  const specs = layersOfNetwork(options, prefix);
  const x = specs.reduce<readonly number[]>((row, spec, i) => layer(parameters, `${prefix}.${i}`, spec, row), input);
  return linear(parameters, `${prefix}.${specs.length}`, x);
}

export function minQ(
  { options, parameters }: { readonly options: NetworksOf; readonly parameters: Parameters },
  prefix: string,
  observation: readonly number[],
  action: readonly number[],
): number {
  const values = Array.from(
    { length: options.criticCount },
    (_, c) => forward(options, parameters, `${prefix}${c}`, [...observation, ...action])[0]!,
  );
  return Math.min(...values);
}
