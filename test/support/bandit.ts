import { type Random, XoshiroRandom } from '../../src/base/random.ts';
import {
  type AlgorithmOptions,
  type Batch,
  createEngine,
  drawNoise,
  emptyBatch,
  type Engine,
  noiseFor,
} from '../../src/engine/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { type PolicyMeta, PortablePolicy } from '../../src/policy/index.ts';
import { update } from './update.ts';

/** A one-step problem: the observation is constant, every step terminates, Q(s, a) is the reward. */
export interface Bandit {
  readonly actionSize: number;
  readonly reward: (action: readonly number[]) => number;
}

/** The fastest engine here. */
export function fastestEngine(options: AlgorithmOptions, seed = 1): Promise<Engine> {
  return createEngine({ engine: 'auto', backend: 'auto', options, seed, threads: 1, logger: silentLogger });
}

/** A minibatch of uniformly random actions and their rewards. */
function fillBandit(bandit: Bandit, batch: Batch, random: Random): void {
  const d = bandit.actionSize;
  random.fillUniform(batch.actions, -1, 1);
  batch.observations.fill(1);
  batch.nextObservations.fill(1);
  batch.terminated.fill(1);
  for (let b = 0; b < batch.rewards.length; b++)
    batch.rewards[b] = bandit.reward([...batch.actions.subarray(b * d, b * d + d)]);
}

/** Trains for `updates`; `each` may change what is done before an update. Returns the last temperature. */
export function trainBandit(engine: Engine, bandit: Bandit, updates: number, seed = 3): number {
  const { options } = engine;
  const random = new XoshiroRandom(seed);
  const batch = emptyBatch(options);
  const noise = noiseFor(options);
  let alpha = 0;
  for (let i = 0; i < updates; i++) {
    fillBandit(bandit, batch, random);
    drawNoise(random, options, noise);
    alpha = update(engine, batch, noise, { alphaMin: 1e-4, alphaMax: 10, alpha: null, rewardFactor: 1 }).alpha;
  }
  return alpha;
}

/** The engine's policy for the one observation [1]. */
export function policyOf(engine: Engine, latent: 'normal' | 'zero' = 'normal'): PortablePolicy {
  const { observationSize, actionSize, samplerLayers, criticLayers, criticCount, latentSkip } = engine.options;
  const meta: PolicyMeta = {
    robot: 'bandit',
    task: 'bandit',
    observationNames: Array.from({ length: observationSize }, (_, i) => `o${i}`),
    actionNames: Array.from({ length: actionSize }, (_, i) => `a${i}`),
    samplerLayers,
    criticLayers,
    criticCount,
    latentSize: actionSize,
    latentSkip,
    algorithm: { latent },
    step: 0,
    parent: null,
  };
  const policy = new PortablePolicy({
    observationSize,
    actionSize,
    random: new XoshiroRandom(77),
    latentCorrelation: 0,
    exploration: 'none',
  });
  const normalizer = [
    ['normalizer.mean', { shape: [observationSize], data: new Float32Array(observationSize) }],
    ['normalizer.scale', { shape: [observationSize], data: new Float32Array(observationSize).fill(1) }],
  ] as const;
  policy.load({ meta, tensors: new Map([...engine.policyTensors(), ...normalizer]) }, 1);
  return policy;
}

/** `count` sampled actions. */
export function drawActions(policy: PortablePolicy, actionSize: number, count: number): number[][] {
  const observation = Float32Array.of(1);
  const out = new Float32Array(actionSize);
  return Array.from({ length: count }, () => {
    policy.act(observation, out, 'sample');
    return [...out];
  });
}

const BINS = 20;

function bin(action: readonly number[]): number {
  return action.reduce((index, a) => index * BINS + Math.min(BINS - 1, Math.floor(((a + 1) / 2) * BINS)), 0);
}

/** exp(energy) over 20^d bins of [-1, 1]^d, normalized; each bin by its 8^d midpoints. */
export function binned(actionSize: number, energy: (action: readonly number[]) => number): Float64Array {
  const fine = BINS * 8;
  const axis = Array.from({ length: fine }, (_, i) => -1 + (2 * (i + 0.5)) / fine);
  const points = actionSize === 1 ? axis.map((a) => [a]) : axis.flatMap((a) => axis.map((b) => [a, b]));
  const energies = points.map(energy);
  const high = energies.reduce((a, b) => Math.max(a, b), -Infinity);
  const mass = new Float64Array(BINS ** actionSize);
  points.forEach((point, i) => (mass[bin(point)]! += Math.exp(energies[i]! - high)));
  const total = mass.reduce((a, b) => a + b, 0);
  return mass.map((m) => m / total);
}

/** Half the sum of |share of the actions - share of the density| over the bins. */
export function totalVariation(actions: readonly (readonly number[])[], density: Float64Array): number {
  const share = new Float64Array(density.length);
  for (const action of actions) share[bin(action)]! += 1 / actions.length;
  return 0.5 * share.reduce((sum, s, i) => sum + Math.abs(s - density[i]!), 0);
}
