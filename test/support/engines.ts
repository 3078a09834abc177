import { type IsaName, loadAddon, type NativeAddon } from '../../src/addon/index.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { drawNoise, emptyBatch, initialState, noiseFor } from '../../src/engine/index.ts';
import { NativeEngine } from '../../src/engine/native/native-engine.ts';
import type { AlgorithmOptions, Batch, EngineState, UpdateNoise, UpdateSettings } from '../../src/engine/port.ts';
import { layers } from './networks.ts';

/** A small network and batch; no width is a multiple of the vector width, on purpose. */
export const SMALL: AlgorithmOptions = {
  observationSize: 5,
  actionSize: 3,
  ...layers([20, 17], true),
  criticCount: 2,
  latentSize: null,
  latentSkip: 0,
  criticWeightDecay: 0,
  samplerWeightDecay: 0,
  batchSize: 13,
  fixedParticles: 5,
  updatedParticles: 7,
  sharedParticles: false,
  valueSamples: 6,
  proposal: 'mixture',
  proposalUniformFraction: 0.25,
  proposalSigma: 0.3,
  importanceExponent: 1,
  svgdSpace: 'pre-tanh',
  kernelDistances: 'cross',
  kernelFactor: 'log-plus-one',
  repulsion: true,
  latent: 'normal',
  criticTarget: 'soft-value',
  targetTau: 0.01,
  targetCopyUpdates: 0,
  temperature: 'automatic',
  initialAlpha: 0.4,
  alphaLearningRate: 3e-3,
  targetEntropyPerDimension: -1,
  criticLearningRate: 1e-3,
  samplerLearningRate: 1e-3,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  discount: 0.97,
  rewardScale: 1,
};

export const SETTINGS: UpdateSettings = { alphaMin: 1e-3, alphaMax: 5, alpha: null, rewardFactor: 1 };

export function randomBatch(options: AlgorithmOptions, seed: number): Batch {
  const random = new XoshiroRandom(seed).fork('batch');
  const batch = emptyBatch(options);
  random.fillNormal(batch.observations);
  random.fillNormal(batch.nextObservations);
  random.fillUniform(batch.actions, -1, 1);
  random.fillNormal(batch.rewards);
  for (let b = 0; b < batch.discounts.length; b += 2) batch.discounts[b]! **= 3;
  for (let i = 0; i < batch.terminated.length; i++) batch.terminated[i] = random.uniform() < 0.2 ? 1 : 0;
  return batch;
}

export function randomNoise(options: AlgorithmOptions, seed: number): UpdateNoise {
  const noise = noiseFor(options);
  drawNoise(new XoshiroRandom(seed).fork('noise'), options, noise);
  return noise;
}

/** Initial weights in which targets differ from the online networks and layer norms are not trivial. */
export function unevenState(options: AlgorithmOptions, seed: number): EngineState {
  const state = initialState(options, new XoshiroRandom(seed));
  const random = new XoshiroRandom(seed).fork('uneven');
  for (const [name, { data }] of state.tensors) {
    if (name.startsWith('adam.') || name === 'log_alpha') continue;
    for (let i = 0; i < data.length; i++) data[i]! += 0.1 * random.normal();
  }
  return state;
}

export interface BuiltAddon {
  readonly addon: NativeAddon;
  readonly isas: readonly IsaName[];
}

/** The addon of this checkout, or why not. */
export function builtAddon(): BuiltAddon | string {
  const found = loadAddon();
  return found.addon === null ? found.reason : { addon: found.addon, isas: found.addon.isas() };
}

export function nativeEngine(
  { addon }: BuiltAddon,
  isa: IsaName,
  options: AlgorithmOptions,
  state: EngineState,
  threads = 1,
): NativeEngine {
  return new NativeEngine({ addon, isa, threads }, options, state);
}
