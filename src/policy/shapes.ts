import type { PolicyMeta } from './port.ts';

/** What fixes the shape of every network of a policy. */
export interface NetworkLayout {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly latentSize: number;
  readonly hiddenUnits: readonly number[];
  readonly criticCount: number;
  readonly criticLayerNorm: boolean;
}

export type Shapes = ReadonlyMap<string, readonly number[]>;

interface LayerPlan {
  readonly prefix: string;
  readonly inputSize: number;
  readonly hiddenUnits: readonly number[];
  readonly outputSize: number;
  readonly layerNorm: boolean;
}

function addNetwork(shapes: Map<string, readonly number[]>, plan: LayerPlan): void {
  const widths = [plan.inputSize, ...plan.hiddenUnits, plan.outputSize];
  for (let i = 0; i + 1 < widths.length; i++) {
    const width = widths[i + 1]!;
    shapes.set(`${plan.prefix}.${i}.weight`, [widths[i]!, width]);
    shapes.set(`${plan.prefix}.${i}.bias`, [width]);
    if (plan.layerNorm && i < plan.hiddenUnits.length) {
      shapes.set(`${plan.prefix}.${i}.norm.scale`, [width]);
      shapes.set(`${plan.prefix}.${i}.norm.shift`, [width]);
    }
  }
}

/** Names and shapes of one sampler called `prefix`: [observation, latent] -> u [action]. */
export function samplerShapes(layout: NetworkLayout, prefix = 'sampler'): Shapes {
  const shapes = new Map<string, readonly number[]>();
  addNetwork(shapes, {
    prefix,
    inputSize: layout.observationSize + layout.latentSize,
    hiddenUnits: layout.hiddenUnits,
    outputSize: layout.actionSize,
    layerNorm: false,
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
      hiddenUnits: layout.hiddenUnits,
      outputSize: 1,
      layerNorm: layout.criticLayerNorm,
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
    hiddenUnits: meta.hiddenUnits,
    criticCount: meta.criticCount,
    criticLayerNorm: meta.criticLayerNorm,
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
