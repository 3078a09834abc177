import { layersOf, type LayerSpec } from './layers/index.ts';
import type { PolicyMeta } from './port.ts';

/** What fixes the shape of every network of a policy. */
export interface NetworkLayout {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly latentSize: number;
  readonly samplerLayers: readonly LayerSpec[];
  readonly criticLayers: readonly LayerSpec[];
  readonly criticCount: number;
}

export type Shapes = ReadonlyMap<string, readonly number[]>;

interface NetworkPlan {
  readonly prefix: string;
  readonly inputSize: number;
  readonly layers: readonly LayerSpec[];
  readonly outputSize: number;
}

function addNetwork(shapes: Map<string, readonly number[]>, plan: NetworkPlan): void {
  const layers = layersOf(plan.layers, plan.inputSize);
  const linear = (name: string, inputs: number, width: number): void => {
    shapes.set(`${name}.weight`, [inputs, width]);
    shapes.set(`${name}.bias`, [width]);
  };
  const norm = (name: string, width: number): void => {
    shapes.set(`${name}.norm.scale`, [width]);
    shapes.set(`${name}.norm.shift`, [width]);
  };
  for (const [i, { kind, inputs, width, expand, layerNorm }] of layers.entries()) {
    const name = `${plan.prefix}.${i}`;
    if (kind === 'dense') {
      linear(name, inputs, width);
      if (layerNorm) norm(name, width);
      continue;
    }
    norm(name, inputs);
    if (kind === 'layerNorm') continue;
    linear(`${name}.expand`, inputs, inputs * expand);
    linear(`${name}.project`, inputs * expand, width);
  }
  linear(`${plan.prefix}.${layers.length}`, layers.at(-1)!.width, plan.outputSize);
}

/** Names and shapes of one sampler called `prefix`: [observation, latent] -> u [action]. */
export function samplerShapes(layout: NetworkLayout, prefix = 'sampler'): Shapes {
  const shapes = new Map<string, readonly number[]>();
  addNetwork(shapes, {
    prefix,
    inputSize: layout.observationSize + layout.latentSize,
    layers: layout.samplerLayers,
    outputSize: layout.actionSize,
  });
  return shapes;
}

/** Names and shapes of all critics called `<prefix>0`, `<prefix>1`: [observation, action] -> Q [1]. */
export function criticShapes(layout: NetworkLayout, prefix = 'critic'): Shapes {
  const shapes = new Map<string, readonly number[]>();
  for (let c = 0; c < layout.criticCount; c++) {
    addNetwork(shapes, {
      prefix: `${prefix}${c}`,
      inputSize: layout.observationSize + layout.actionSize,
      layers: layout.criticLayers,
      outputSize: 1,
    });
  }
  return shapes;
}

/** The layout that a policy's description states. */
function layoutOf(meta: PolicyMeta): NetworkLayout {
  return {
    observationSize: meta.observationNames.length,
    actionSize: meta.actionNames.length,
    latentSize: meta.latentSize,
    samplerLayers: meta.samplerLayers,
    criticLayers: meta.criticLayers,
    criticCount: meta.criticCount,
  };
}

/** Every tensor that a policy with this description must hold, by name, and no other. */
export function policyShapes(meta: PolicyMeta): Shapes {
  const layout = layoutOf(meta);
  return new Map<string, readonly number[]>([
    ...samplerShapes(layout),
    ...criticShapes(layout),
    ['log_alpha', [1]],
    ['normalizer.mean', [layout.observationSize]],
    ['normalizer.scale', [layout.observationSize]],
  ]);
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
