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
  'learner.preset': trainingKey(
    'default',
    null,
    { kind: 'name' },
    'Set of learning options: a file config/presets/<name>.json5.',
  ),
  'learner.engine': trainingKey(
    'auto',
    null,
    choice('auto', 'native', 'tensorflow'),
    'Who computes gradient steps; auto takes native where it was built.',
  ),
  'learner.backend': trainingKey(
    'auto',
    null,
    choice('auto', 'tensorflow', 'wasm', 'cpu'),
    'What TensorFlow.js computes with; auto takes the first that works, in this order.',
  ),
  'learner.threads': trainingKey(
    1,
    'threads',
    integer(1, 64),
    'Threads of the engine; with more than one, runs no longer repeat bit for bit.',
  ),
  'learner.warmupSteps': trainingKey(5000, 'steps', integer(0, 1e9), 'Uniformly random steps at the start of a run.'),
  'learner.learningStartsSteps': trainingKey(
    5000,
    'steps',
    integer(0, 1e9),
    'Transitions before the first gradient step.',
  ),
  'learner.updatesPerStep': trainingKey(2, 'updates/step', number(0, 64), 'Gradient steps for each environment step.'),
  'learner.policySyncSteps': trainingKey(
    10,
    'steps',
    integer(1, 1e6),
    'Environment steps between two policy snapshots to the robot.',
  ),
  'learner.replayCapacity': trainingKey(
    1_000_000,
    'transitions',
    integer(1, 1e8),
    'Transitions kept in memory for minibatches; the oldest go first.',
  ),
  'learner.memoryBudgetMb': processKey(
    2048,
    'MB',
    number(1, 1e6),
    'The learner refuses to start when replay and networks need more.',
  ),
  'learner.checkpointEverySteps': processKey(
    1000,
    'steps',
    integer(0, 1e9),
    'Environment steps between two checkpoints; 0 = only at the end.',
  ),
  'learner.metricsEverySteps': trainingKey(
    100,
    'steps',
    integer(1, 1e9),
    'Environment steps between two rows of learner metrics.',
  ),
  'learner.maxNonFiniteUpdates': trainingKey(
    10,
    'updates',
    integer(1, 1e6),
    'Updates on end with non-finite gradients after which the learner stops with a diagnosis.',
  ),
  'learner.niceness': processKey(
    5,
    null,
    integer(0, 19),
    "The learner process's nice value: how much it yields to the control line.",
  ),
  'learner.normalizeObservations': trainingKey(
    true,
    null,
    boolean,
    'Whether observations are scaled to mean 0 and variance 1 as they come.',
  ),
  'learner.learnClipped': trainingKey(
    true,
    null,
    boolean,
    "Whether a step whose command the guard's limits altered is learned as it was proposed, too: both actions led to the same.",
  ),
  'learner.exploration': trainingKey(
    'none',
    null,
    choice('none', 'ornstein-uhlenbeck'),
    'What is added to actions in training: nothing (the sampler is random itself), or Ornstein-Uhlenbeck noise (theta 0.15, sigma 0.3).',
  ),
  'learner.latentCorrelation': trainingKey(
    0,
    null,
    number(0, 0.9999),
    'rho of the latent from one step to the next; about 0.9 keeps gears alive on hardware.',
  ),
  'learner.alphaClampLow': trainingKey(
    1e-4,
    'mean |reward|',
    number(0, 1e6),
    'Lower bound of the temperature, relative to the mean absolute reward.',
  ),
  'learner.alphaClampHigh': trainingKey(
    10,
    'mean |reward|',
    number(1e-9, 1e9),
    'Upper bound of the temperature, relative to the mean absolute reward.',
  ),
  'learner.alphaSchedule': trainingKey(
    'none',
    null,
    choice('none', 'paper-fine-tuning'),
    'alpha0 (0.001/alpha0)^min(t/200000, 1), as the paper fine-tunes; the number of latent draws stays.',
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
    'The update at which a uniform proposal becomes the sampler (appendix C.2); null = never.',
  ),
} satisfies Partial<Section<'learner'>>;

/** One gradient step: the names of AlgorithmOptions. */
const UPDATE_KEYS = {
  'learner.hiddenUnits': trainingKey(
    [128, 128],
    'units',
    { kind: 'integers', min: 1, max: 4096, minLength: 2, maxLength: 3 },
    'Width of each hidden layer, the same for sampler and critics.',
  ),
  'learner.criticCount': trainingKey(2, null, choice(1, 2), 'Critics; with two the smaller value counts.'),
  'learner.criticLayerNorm': trainingKey(true, null, boolean, 'LayerNorm between linear and ReLU in the critics.'),
  'learner.batchSize': trainingKey(128, 'transitions', integer(1, 65_536), 'Transitions in one gradient step.'),
  'learner.fixedParticles': trainingKey(8, 'particles', integer(1, 512), 'K: particles that give gradients.'),
  'learner.updatedParticles': trainingKey(8, 'particles', integer(1, 512), 'M: particles that receive the field.'),
  'learner.valueSamples': trainingKey(16, 'samples', integer(1, 4096), 'n: samples of the soft value (equation 10).'),
  'learner.proposal': trainingKey(
    'mixture',
    null,
    choice('uniform', 'sampler', 'mixture'),
    "q of equation (10): uniform, the sampler's own density (33), or kernel densities around its particles.",
  ),
  'learner.proposalUniformFraction': trainingKey(0, null, number(0, 1), 'beta: the part of mixture that is uniform.'),
  'learner.proposalSigma': trainingKey(0.2, 'u', number(1e-4, 10), 'sigma of mixture, before tanh.'),
  'learner.importanceExponent': trainingKey(
    1,
    null,
    number(0, 1),
    'lambda of the value estimate: 1 = equation (10), 0 = on-policy.',
  ),
  'learner.svgdSpace': trainingKey(
    'pre-tanh',
    null,
    choice('pre-tanh', 'action', 'action-released'),
    'Where SVGD runs: before tanh, in action space, or as the released code.',
  ),
  'learner.kernelDistances': trainingKey(
    'cross',
    null,
    choice('fixed', 'cross'),
    'Distances behind the median of the kernel width.',
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
    'false leaves the gradient of the kernel out: the sampler then finds the most likely action.',
  ),
  'learner.latent': trainingKey(
    'normal',
    null,
    choice('normal', 'zero'),
    "The sampler's input noise; zero makes it deterministic (ddpg).",
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
    'Part of the critics that the target takes over each update; 0 with targetCopyUpdates.',
  ),
  'learner.targetCopyUpdates': trainingKey(
    0,
    'updates',
    integer(0, 1e9),
    'Updates between two hard copies of the target; 0 = soft updates.',
  ),
  'learner.temperature': trainingKey(
    'automatic',
    null,
    choice('fixed', 'automatic'),
    'Whether alpha stays or follows the target entropy.',
  ),
  'learner.initialAlpha': trainingKey(0.2, 'reward', number(1e-9, 1e9), 'alpha at the start (fixed: for ever).'),
  'learner.alphaLearningRate': trainingKey(3e-4, null, number(0, 1), 'Step of log alpha.'),
  'learner.criticLearningRate': trainingKey(3e-4, null, number(0, 1), "Adam's step of the critics."),
  'learner.samplerLearningRate': trainingKey(3e-4, null, number(0, 1), "Adam's step of the sampler."),
  'learner.adamBeta1': trainingKey(0.9, null, number(0, 0.999999), "Adam's decay of the first moment."),
  'learner.adamBeta2': trainingKey(0.999, null, number(0, 0.99999999), "Adam's decay of the second moment."),
  'learner.adamEpsilon': trainingKey(1e-8, null, number(1e-16, 1), "Adam's epsilon, outside the root."),
  'learner.rewardScale': trainingKey(
    1,
    null,
    number(1e-9, 1e9),
    'Rewards are multiplied by this before learning (released code); 1 elsewhere.',
  ),
} satisfies Partial<Section<'learner'>>;

export const LEARNER_KEYS = { ...LOOP_KEYS, ...UPDATE_KEYS } as Section<'learner'>;
