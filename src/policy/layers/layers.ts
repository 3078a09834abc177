import { structure } from '../../base/ranges.ts';

/**
 * One layer of a network, as the configuration and the policy file list them. `dense`: linear, LayerNorm (default: without), ReLU
 * (default: with). `residual` (SimBa): x + project(ReLU(expand(LayerNorm(x)))), `expand` (default 4) times as wide inside. `layerNorm`:
 * of what enters the output. The output, a linear layer, is not in the list.
 */
export type LayerSpec =
  | { readonly kind: 'dense'; readonly width: number; readonly layerNorm?: boolean; readonly relu?: boolean }
  | { readonly kind: 'residual'; readonly expand?: number }
  | { readonly kind: 'layerNorm' };

/** A layer with its defaults and sizes. */
export interface Layer {
  readonly kind: LayerSpec['kind'];
  readonly inputs: number;
  /** Of its output. */
  readonly width: number;
  /** Inner width of a residual block / inputs; else 0. */
  readonly expand: number;
  readonly layerNorm: boolean;
  readonly relu: boolean;
}

const MAX_LAYERS = 8;
const MAX_WIDTH = 4096;
const MAX_EXPAND = 8;
const KEYS: Readonly<Record<LayerSpec['kind'], readonly string[]>> = {
  dense: ['kind', 'width', 'layerNorm', 'relu'],
  residual: ['kind', 'expand'],
  layerNorm: ['kind'],
};

function isInteger(value: unknown, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isLayer(value: unknown, index: number, count: number): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const layer = value as Record<string, unknown>;
  const kind = layer['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(KEYS, kind)) return false;
  if (!Object.keys(layer).every((key) => KEYS[kind as LayerSpec['kind']].includes(key))) return false;
  if (kind === 'dense')
    return isInteger(layer['width'], 1, MAX_WIDTH) && isFlag(layer['layerNorm']) && isFlag(layer['relu']);
  if (index === 0) return false;
  return kind === 'layerNorm'
    ? index === count - 1
    : layer['expand'] === undefined || isInteger(layer['expand'], 1, MAX_EXPAND);
}

/** Whether this is a list of layers that a network can have: bounded, the first one dense, `layerNorm` only as the last. */
export function isLayerList(value: unknown): value is readonly LayerSpec[] {
  return (
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= MAX_LAYERS &&
    value.every((layer, index) => isLayer(layer, index, value.length))
  );
}

/** The allowed lists of layers. */
export const layerList = structure<readonly LayerSpec[]>(
  `a list of 1 to ${MAX_LAYERS} layers: {kind: dense, width: 1 to ${MAX_WIDTH}, layerNorm, relu} first, ` +
    `{kind: residual, expand: 1 to ${MAX_EXPAND}}, {kind: layerNorm} only last`,
  isLayerList,
);

/** The layers of a network with this many inputs, defaults filled in. */
export function layersOf(list: readonly LayerSpec[], inputs: number): readonly Layer[] {
  const layers: Layer[] = [];
  let width = inputs;
  for (const spec of list) {
    const next = spec.kind === 'dense' ? spec.width : width;
    layers.push({
      kind: spec.kind,
      inputs: width,
      width: next,
      expand: spec.kind === 'residual' ? (spec.expand ?? 4) : 0,
      layerNorm: spec.kind === 'dense' && (spec.layerNorm ?? false),
      relu: spec.kind === 'dense' && (spec.relu ?? true),
    });
    width = next;
  }
  return layers;
}
