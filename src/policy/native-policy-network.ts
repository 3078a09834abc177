import type { IsaName, NativeAddon, NativePolicyHandle } from '../addon/index.ts';
import { layersOf } from './layers/index.ts';
import { type PolicyNetwork, BEST_OF_SAMPLES } from './policy-network.ts';
import { normalize } from './normalizer.ts';
import type { PolicyMeta, PolicySnapshot } from './port.ts';

interface Loaded {
  readonly handle: NativePolicyHandle;
  /** What the handle was made for. */
  readonly shape: string;
  readonly latents: Float32Array;
  readonly observation: Float32Array;
  readonly action: Float32Array;
  mean: Float32Array;
  scale: Float32Array;
}

function shapeOf(meta: PolicyMeta) {
  return {
    observationSize: meta.observationNames.length,
    actionSize: meta.actionNames.length,
    latentSize: meta.latentSize,
    samplerLayers: layersOf(meta.samplerLayers, 0),
    criticLayers: layersOf(meta.criticLayers, 0),
    criticCount: meta.criticCount,
    latentSkip: meta.latentSkip,
    draws: BEST_OF_SAMPLES,
  };
}

/** The native kernels with a copy of the weights; a snapshot of the same shape reuses the memory. */
export class NativePolicyNetwork implements PolicyNetwork {
  private readonly addon: NativeAddon;
  private readonly isa: IsaName;
  private loaded: Loaded | null = null;

  constructor(addon: NativeAddon, isa: IsaName) {
    this.addon = addon;
    this.isa = isa;
  }

  get latents(): Float32Array {
    return this.loaded?.latents ?? new Float32Array(0);
  }

  load({ meta, tensors }: PolicySnapshot): void {
    const shape = JSON.stringify(shapeOf(meta));
    const loaded = this.loaded?.shape === shape ? this.loaded : this.create(meta, shape);
    for (const [index, { name }] of loaded.handle.tensors().entries())
      loaded.handle.write(index, tensors.get(name)!.data);
    loaded.mean = tensors.get('normalizer.mean')!.data;
    loaded.scale = tensors.get('normalizer.scale')!.data;
    this.loaded = loaded;
  }

  act(observation: Float32Array, draws: number, out: Float32Array): void {
    const loaded = this.loaded!;
    normalize(observation, loaded.mean, loaded.scale, loaded.observation);
    loaded.handle.act(draws);
    out.set(loaded.action);
  }

  private create(meta: PolicyMeta, shape: string): Loaded {
    const handle = new this.addon.NativePolicy({ ...shapeOf(meta), isa: this.isa });
    const { latents, observation, action } = handle;
    return { handle, shape, latents, observation, action, mean: observation, scale: observation };
  }
}
