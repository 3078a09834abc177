import { type PolicyNetwork, BEST_OF_SAMPLES } from './policy-network.ts';
import { Network } from './network.ts';
import { normalize } from './normalizer.ts';
import type { PolicySnapshot } from './port.ts';

interface Loaded {
  readonly sampler: Network;
  readonly critics: readonly Network[];
  readonly latentSkip: number;
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  /** [normalized observation, latent]; and the same with the action in place of the latent. */
  readonly samplerInput: Float32Array;
  readonly criticInput: Float32Array;
  /** A view of the observation part of samplerInput. */
  readonly observation: Float32Array;
  readonly candidate: Float32Array;
  readonly latents: Float32Array;
}

/** Networks in plain JavaScript over typed arrays: the same everywhere, and fast enough for any control rate. */
export class PortablePolicyNetwork implements PolicyNetwork {
  private loaded: Loaded | null = null;

  get latents(): Float32Array {
    return this.loaded?.latents ?? new Float32Array(0);
  }

  load({ meta, tensors }: PolicySnapshot): void {
    const observationSize = meta.observationNames.length;
    const samplerInput = new Float32Array(observationSize + meta.latentSize);
    this.loaded = {
      sampler: new Network(tensors, 'sampler', meta.samplerLayers),
      critics: Array.from(
        { length: meta.criticCount },
        (_, c) => new Network(tensors, `critic${c}`, meta.criticLayers),
      ),
      latentSkip: meta.latentSkip,
      mean: tensors.get('normalizer.mean')!.data,
      scale: tensors.get('normalizer.scale')!.data,
      samplerInput,
      criticInput: new Float32Array(observationSize + meta.actionNames.length),
      observation: samplerInput.subarray(0, observationSize),
      candidate: new Float32Array(meta.actionNames.length),
      latents: new Float32Array(BEST_OF_SAMPLES * meta.latentSize),
    };
  }

  act(observation: Float32Array, draws: number, out: Float32Array): void {
    const loaded = this.loaded!;
    const { samplerInput, criticInput, candidate, latents } = loaded;
    normalize(observation, loaded.mean, loaded.scale, loaded.observation);
    if (draws === 1) {
      this.propose(loaded, 0, out);
      return;
    }
    criticInput.set(loaded.observation);
    let bestQ = -Infinity;
    const latentSize = samplerInput.length - loaded.observation.length;
    for (let n = 0; n < draws && (n + 1) * latentSize <= latents.length; n++) {
      this.propose(loaded, n, candidate);
      criticInput.set(candidate, loaded.observation.length);
      let q = Infinity;
      for (const critic of loaded.critics) q = Math.min(q, critic.run(criticInput)[0]!);
      if (n === 0 || q > bestQ) {
        bestQ = q;
        out.set(candidate);
      }
    }
  }

  /** a = tanh(f(xi; observation) + latentSkip xi), xi = latents[n]. */
  private propose(
    { sampler, samplerInput, observation, latents, latentSkip }: Loaded,
    n: number,
    out: Float32Array,
  ): void {
    const latentSize = samplerInput.length - observation.length;
    for (let i = 0; i < latentSize; i++) samplerInput[observation.length + i] = latents[n * latentSize + i]!;
    const u = sampler.run(samplerInput);
    // Without a skip the latent may have another size than the action.
    if (latentSkip !== 0) for (let i = 0; i < u.length; i++) u[i]! += latentSkip * latents[n * latentSize + i]!;
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(u[i]!);
  }
}
