import { boolean, choice, integer, integerOrNull, number, type Range } from './ranges.ts';
import type { KeySpec, Section } from './key-spec.ts';

/** A setting that changes what is learned. */
function trainingKey<Value>(defaultValue: Value, unit: string | null, range: Range, doc: string): KeySpec<Value> {
  return { default: defaultValue, doc, unit, range, requiresRestart: 'learner', affectsRunHash: true };
}

/** A setting that changes how the learner process lives, not what it learns. */
function processKey<Value>(defaultValue: Value, unit: string | null, range: Range, doc: string): KeySpec<Value> {
  return { default: defaultValue, doc, unit, range, requiresRestart: 'learner', affectsRunHash: false };
}

/** The loop around the gradient step. */
const LOOP_KEYS = {
  'learner.preset': trainingKey('default', null, { kind: 'name' }, 'Preset: a file config/presets/<name>.json5.'),
  'learner.engine': trainingKey(
    'auto',
    null,
    choice('auto', 'native', 'tensorflow'),
    'Engine for gradient steps; auto prefers native where it is built.',
  ),
  'learner.backend': trainingKey(
    'auto',
    null,
    choice('auto', 'tensorflow', 'wasm', 'cpu'),
    'TensorFlow.js backend; auto selects the first available, in this order.',
  ),
  'learner.threads': trainingKey(
    1,
    'threads',
    integer(1, 64),
    'Engine threads; with more than one, runs are not bit-reproducible.',
  ),
  'learner.warmupSteps': trainingKey(5000, 'steps', integer(0, 1e9), 'Initial steps with uniformly random actions.'),
  'learner.learningStartsSteps': trainingKey(
    5000,
    'steps',
    integer(0, 1e9),
    'Transitions collected before the first gradient step.',
  ),
  'learner.updatesPerStep': trainingKey(
    2,
    'updates/step',
    number(0, 64),
    'Gradient steps per environment step (update-to-data ratio).',
  ),
  'learner.policySyncSteps': trainingKey(10, 'steps', integer(1, 1e6), 'Environment steps between policy snapshots.'),
  'learner.replayCapacity': trainingKey(
    1_000_000,
    'transitions',
    integer(1, 1e8),
    'Capacity of the replay memory; the oldest transitions are evicted first.',
  ),
  'learner.memoryBudgetMb': processKey(
    2048,
    'MB',
    number(1, 1e6),
    'Memory limit; the learner does not start if replay memory and networks need more.',
  ),
  'learner.checkpointEverySteps': processKey(
    1000,
    'steps',
    integer(0, 1e9),
    'Environment steps between checkpoints; 0 = only at the end.',
  ),
  'learner.metricsEverySteps': trainingKey(
    100,
    'steps',
    integer(1, 1e9),
    'Environment steps between rows of learner metrics.',
  ),
  'learner.maxNonFiniteUpdates': trainingKey(
    10,
    'updates',
    integer(1, 1e6),
    'Consecutive non-finite updates after which training stops.',
  ),
  'learner.niceness': processKey(5, null, integer(0, 19), 'Nice value of the learner process.'),
  'learner.normalizeObservations': trainingKey(
    true,
    null,
    boolean,
    'Normalize observations with running mean and variance.',
  ),
  'learner.learnClipped': trainingKey(
    true,
    null,
    boolean,
    "When the guard's limits altered a command, store the transition twice: with the applied and with the proposed action.",
  ),
  'learner.exploration': trainingKey(
    'none',
    null,
    choice('none', 'ornstein-uhlenbeck'),
    'Exploration noise in training: none (the sampler is stochastic) or Ornstein-Uhlenbeck (theta 0.15, sigma 0.3).',
  ),
  'learner.latentCorrelation': trainingKey(
    0,
    null,
    number(0, 0.9999),
    'Correlation rho of the latent between steps; about 0.9 gives smoother actions, which is gentler on gears.',
  ),
  'learner.alphaClampLow': trainingKey(
    1e-4,
    'mean |reward|',
    number(0, 1e6),
    'Lower bound of alpha, relative to the mean absolute reward.',
  ),
  'learner.alphaClampHigh': trainingKey(
    10,
    'mean |reward|',
    number(1e-9, 1e9),
    'Upper bound of alpha, relative to the mean absolute reward.',
  ),
  'learner.alphaSchedule': trainingKey(
    'none',
    null,
    choice('none', 'paper-fine-tuning'),
    'Fine-tuning schedule of the paper: alpha0 (0.001/alpha0)^min(t/200000, 1).',
  ),
  'learner.targetEntropyPerDimension': trainingKey(
    -1,
    'nats',
    number(-20, 20),
    'Target entropy for each action dimension (automatic temperature).',
  ),
  'learner.proposalSwitchUpdates': trainingKey<number | null>(
    null,
    'updates',
    integerOrNull(1, 1e9),
    "Update at which the uniform proposal is replaced by the sampler's density (appendix C.2); null = never.",
  ),
} satisfies Partial<Section<'learner'>>;

/** One gradient step: the names of AlgorithmOptions. */
const UPDATE_KEYS = {
  'learner.hiddenUnits': trainingKey(
    [128, 128],
    'units',
    { kind: 'integers', min: 1, max: 4096, minLength: 2, maxLength: 3 },
    'Width of each hidden layer of sampler and critics.',
  ),
  'learner.criticCount': trainingKey(2, null, choice(1, 2), 'Number of critics; with two, the minimum is used.'),
  'learner.criticLayerNorm': trainingKey(true, null, boolean, 'LayerNorm between linear and ReLU in the critics.'),
  'learner.batchSize': trainingKey(128, 'transitions', integer(1, 65_536), 'Transitions in one gradient step.'),
  'learner.fixedParticles': trainingKey(
    8,
    'particles',
    integer(1, 512),
    'K: SVGD particles that provide the gradients.',
  ),
  'learner.updatedParticles': trainingKey(8, 'particles', integer(1, 512), 'M: SVGD particles that are updated.'),
  'learner.valueSamples': trainingKey(
    16,
    'samples',
    integer(1, 4096),
    'n: action samples for the soft value (equation 10).',
  ),
  'learner.proposal': trainingKey(
    'mixture',
    null,
    choice('uniform', 'sampler', 'mixture'),
    "Proposal density q of equation (10): uniform, the sampler's density (33), or a kernel density around its particles.",
  ),
  'learner.proposalUniformFraction': trainingKey(0, null, number(0, 1), 'beta: uniform fraction of the mixture.'),
  'learner.proposalSigma': trainingKey(0.2, 'u', number(1e-4, 10), "sigma of the mixture's kernels, before tanh."),
  'learner.importanceExponent': trainingKey(
    1,
    null,
    number(0, 1),
    'Exponent lambda of the importance weights in the value estimate: 1 = equation (10), 0 = on-policy.',
  ),
  'learner.svgdSpace': trainingKey(
    'pre-tanh',
    null,
    choice('pre-tanh', 'action', 'action-released'),
    'Space in which SVGD runs: before tanh, over actions, or over actions with the correction of the released code.',
  ),
  'learner.kernelDistances': trainingKey(
    'cross',
    null,
    choice('fixed', 'cross'),
    'Particle distances used for the median bandwidth.',
  ),
  'learner.kernelFactor': trainingKey(
    'log-plus-one',
    null,
    choice('two-log-plus-one', 'log', 'log-plus-one'),
    'Divisor of the median: 2 log(K+1), log(K) or log(K+1).',
  ),
  'learner.repulsion': trainingKey(
    true,
    null,
    boolean,
    'false drops the kernel gradient (repulsive term): the sampler converges to the most likely action.',
  ),
  'learner.latent': trainingKey(
    'normal',
    null,
    choice('normal', 'zero'),
    'Input noise of the sampler; zero makes it deterministic (ddpg).',
  ),
  'learner.criticTarget': trainingKey(
    'soft-value',
    null,
    choice('soft-value', 'action-value'),
    "Critic target: soft value (10), or the target sampler's action value (ddpg).",
  ),
  'learner.targetTau': trainingKey(
    0.005,
    null,
    number(0, 1),
    'Polyak factor of the soft target update; 0 when targetCopyUpdates is used.',
  ),
  'learner.targetCopyUpdates': trainingKey(
    0,
    'updates',
    integer(0, 1e9),
    'Updates between hard target updates; 0 = soft updates.',
  ),
  'learner.temperature': trainingKey(
    'automatic',
    null,
    choice('fixed', 'automatic'),
    'fixed alpha, or automatic tuning toward the target entropy.',
  ),
  'learner.initialAlpha': trainingKey(0.2, 'reward', number(1e-9, 1e9), 'Initial alpha (constant when fixed).'),
  'learner.alphaLearningRate': trainingKey(3e-4, null, number(0, 1), 'Learning rate of log alpha.'),
  'learner.criticLearningRate': trainingKey(3e-4, null, number(0, 1), 'Learning rate of the critics (Adam).'),
  'learner.samplerLearningRate': trainingKey(3e-4, null, number(0, 1), 'Learning rate of the sampler (Adam).'),
  'learner.adamBeta1': trainingKey(0.9, null, number(0, 0.999999), 'Adam beta1.'),
  'learner.adamBeta2': trainingKey(0.999, null, number(0, 0.99999999), 'Adam beta2.'),
  'learner.adamEpsilon': trainingKey(1e-8, null, number(1e-16, 1), 'Adam epsilon, outside the square root.'),
  'learner.rewardScale': trainingKey(1, null, number(1e-9, 1e9), 'Factor applied to rewards before learning.'),
} satisfies Partial<Section<'learner'>>;

export const LEARNER_KEYS = { ...LOOP_KEYS, ...UPDATE_KEYS } as Section<'learner'>;
