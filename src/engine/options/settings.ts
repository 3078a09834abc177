import { boolean, choice, integer, integerOrNull, number } from '../../base/ranges.ts';
import { layerList } from '../../policy/layers/index.ts';
import { trainingSetting, type SettingValues } from '../../base/setting.ts';

/** How one gradient step works: the data of a preset, passed unchanged from the configuration to the engine. */
export const ALGORITHM_SETTINGS = {
  samplerLayers: trainingSetting(
    [
      { kind: 'dense', width: 128 },
      { kind: 'dense', width: 128 },
    ],
    null,
    layerList,
    'Hidden layers of the sampler; dense layers have ReLU, and no LayerNorm, unless they say otherwise.',
  ),
  criticLayers: trainingSetting(
    [
      { kind: 'dense', width: 128, layerNorm: true },
      { kind: 'dense', width: 128, layerNorm: true },
    ],
    null,
    layerList,
    'Hidden layers of each critic.',
  ),
  criticCount: trainingSetting(2, null, integer(1, 5), 'Number of critics; with several, the minimum is used.'),
  latentSize: trainingSetting(
    null,
    'elements',
    integerOrNull(1, 4096),
    "Size of the sampler's latent; null = that of the action, which the automatic temperature, proposal sampler and latentSkip need.",
  ),
  latentSkip: trainingSetting(
    0.5,
    null,
    number(0, 10),
    'c of u = f(s, xi) + c xi: keeps the sampler wide at the start and its Jacobian regular.',
  ),
  batchSize: trainingSetting(128, 'transitions', integer(1, 65_536), 'Transitions in one gradient step.'),
  fixedParticles: trainingSetting(4, 'particles', integer(1, 512), 'K: SVGD particles that provide the gradients.'),
  updatedParticles: trainingSetting(4, 'particles', integer(1, 512), 'M: SVGD particles that are updated.'),
  sharedParticles: trainingSetting(
    true,
    null,
    boolean,
    'One set of K particles on both sides, each without its own score in its own field; updatedParticles is not used then.',
  ),
  valueSamples: trainingSetting(1, 'samples', integer(1, 4096), 'n: action samples for the soft value (equation 10).'),
  proposal: trainingSetting(
    'sampler',
    null,
    choice('uniform', 'sampler', 'mixture'),
    "Proposal density q of equation (10): uniform, the sampler's density (33), or a kernel density around its particles.",
  ),
  proposalUniformFraction: trainingSetting(0, null, number(0, 1), 'beta: uniform fraction of the mixture.'),
  proposalSigma: trainingSetting(0.2, 'u', number(1e-4, 10), "sigma of the mixture's kernels, before tanh."),
  importanceExponent: trainingSetting(
    0,
    null,
    number(0, 1),
    'Exponent lambda of the importance weights in the value estimate: 1 = equation (10), 0 = on-policy.',
  ),
  svgdSpace: trainingSetting(
    'pre-tanh',
    null,
    choice('pre-tanh', 'action', 'action-released'),
    'Space in which SVGD runs: before tanh, over actions, or over actions with the correction of the released code.',
  ),
  kernelDistances: trainingSetting(
    'cross',
    null,
    choice('fixed', 'cross'),
    'Particle distances used for the median bandwidth.',
  ),
  kernelFactor: trainingSetting(
    'log-plus-one',
    null,
    choice('two-log-plus-one', 'log', 'log-plus-one'),
    'Divisor of the median: 2 log(K+1), log(K) or log(K+1).',
  ),
  repulsion: trainingSetting(
    true,
    null,
    boolean,
    'false drops the kernel gradient (repulsive term): the sampler converges to the most likely action.',
  ),
  latent: trainingSetting(
    'normal',
    null,
    choice('normal', 'zero'),
    'Input noise of the sampler; zero makes it deterministic (ddpg).',
  ),
  criticTarget: trainingSetting(
    'soft-value',
    null,
    choice('soft-value', 'action-value'),
    "Critic target: soft value (10), or the target sampler's action value (ddpg).",
  ),
  targetTau: trainingSetting(
    0.005,
    null,
    number(0, 1),
    'Polyak factor of the soft target update; 0 when targetCopyUpdates is used.',
  ),
  targetCopyUpdates: trainingSetting(
    0,
    'updates',
    integer(0, 1e9),
    'Updates between hard target updates; 0 = soft updates.',
  ),
  temperature: trainingSetting(
    'automatic',
    null,
    choice('fixed', 'automatic'),
    'fixed alpha, or automatic tuning toward the target entropy.',
  ),
  initialAlpha: trainingSetting(
    0.01,
    'reward',
    number(1e-9, 1e9),
    'Initial alpha (constant when fixed), in the normalized unit where rewards are normalized.',
  ),
  alphaLearningRate: trainingSetting(
    3e-4,
    null,
    number(0, 1),
    'Learning rate of log alpha for each update of the sampler.',
  ),
  targetEntropyPerDimension: trainingSetting(
    -1,
    'nats',
    number(-20, 20),
    'Target entropy for each action dimension (automatic temperature).',
  ),
  criticLearningRate: trainingSetting(3e-4, null, number(0, 1), 'Learning rate of the critics (Adam).'),
  samplerLearningRate: trainingSetting(3e-4, null, number(0, 1), 'Learning rate of the sampler (Adam).'),
  criticWeightDecay: trainingSetting(
    0,
    null,
    number(0, 1),
    'Decoupled weight decay of the critics (AdamW): every parameter is also multiplied by 1 - learning rate x this.',
  ),
  samplerWeightDecay: trainingSetting(0, null, number(0, 1), 'Decoupled weight decay of the sampler.'),
  adamBeta1: trainingSetting(0.9, null, number(0, 0.999999), 'Adam beta1.'),
  adamBeta2: trainingSetting(0.999, null, number(0, 0.99999999), 'Adam beta2.'),
  adamEpsilon: trainingSetting(1e-8, null, number(1e-12, 1), 'Adam epsilon, outside the square root.'),
  rewardScale: trainingSetting(1, null, number(1e-9, 1e9), 'Factor applied to rewards before learning.'),
} as const;

export type AlgorithmSettings = SettingValues<typeof ALGORITHM_SETTINGS>;

/** What the robot and the task determine. */
export interface ProblemSizes {
  readonly observationSize: number;
  readonly actionSize: number;
  /** Discount factor per step, in (0, 1]. */
  readonly discount: number;
}

/** Everything an engine is a function of, but for the initial weights. */
export type AlgorithmOptions = ProblemSizes & AlgorithmSettings;
