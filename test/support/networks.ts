import type { LayerSpec } from '../../src/policy/index.ts';

/** Dense layers of these widths. */
export function dense(widths: readonly number[], layerNorm = false): readonly LayerSpec[] {
  return widths.map((width) => ({ kind: 'dense', width, ...(layerNorm ? { layerNorm } : {}) }));
}

/** A SimBa network: a dense layer without ReLU, residual blocks, LayerNorm before the output. */
export function residual(width: number, blocks: number): readonly LayerSpec[] {
  return [
    { kind: 'dense', width, relu: false },
    ...Array.from({ length: blocks }, () => ({ kind: 'residual' }) as const),
    { kind: 'layerNorm' },
  ];
}

/** Networks in which each kind of layer follows each other kind that it can. */
export const UNEVEN: Layers = {
  samplerLayers: [
    { kind: 'dense', width: 21, layerNorm: true },
    { kind: 'residual', expand: 2 },
    { kind: 'dense', width: 10, layerNorm: true, relu: false },
    { kind: 'dense', width: 9 },
    { kind: 'residual', expand: 3 },
  ],
  criticLayers: [
    { kind: 'dense', width: 18, relu: false },
    { kind: 'residual', expand: 1 },
    { kind: 'residual', expand: 4 },
    { kind: 'dense', width: 12 },
    { kind: 'layerNorm' },
  ],
};

export interface Layers {
  readonly samplerLayers: readonly LayerSpec[];
  readonly criticLayers: readonly LayerSpec[];
}

/** The same widths in sampler and critics; LayerNorm is the critics'. */
export function layers(widths: readonly number[], layerNorm: boolean): Layers {
  return { samplerLayers: dense(widths), criticLayers: dense(widths, layerNorm) };
}

/** Options with other widths; the critics keep their LayerNorm or not. */
export function withWidths<Options extends Layers>(options: Options, widths: readonly number[]): Options {
  const layerNorm = options.criticLayers.some((layer) => layer.kind === 'dense' && layer.layerNorm === true);
  return { ...options, ...layers(widths, layerNorm) };
}
