import { boolean, choice, integer, integerOrNull, name, number, type Range } from '../../base/ranges.ts';
import { trainingSetting, type Setting, type SettingValues } from '../../base/setting.ts';
import type { AlgorithmSettings } from '../../engine/options/index.ts';
import { priorLogList } from './prior-logs.ts';

/** A setting of the learner process that does not change the result of training. */
function processSetting<Value>(
  defaultValue: NoInfer<Value>,
  unit: string | null,
  range: Range<Value>,
  doc: string,
): Setting<Value> {
  return { default: defaultValue, doc, unit, range, requiresRestart: 'learner', affectsRunHash: false };
}

/** The settings of the loop around the gradient step. */
export const LEARNER_SETTINGS = {
  preset: trainingSetting('default', null, name, 'Preset: a file config/presets/<name>.json5.'),
  engine: trainingSetting(
    'auto',
    null,
    choice('auto', 'native', 'tensorflow'),
    'Engine for gradient steps; auto prefers native where it is built.',
  ),
  backend: trainingSetting(
    'auto',
    null,
    choice('auto', 'tensorflow', 'wasm', 'cpu'),
    'TensorFlow.js backend; auto selects the first available, in this order.',
  ),
  threads: trainingSetting(
    1,
    'threads',
    integer(1, 64),
    'Engine threads; with more than one, runs are not bit-reproducible.',
  ),
  warmupSteps: trainingSetting(5000, 'steps', integer(0, 1e9), 'Initial steps with uniformly random actions.'),
  learningStartsSteps: trainingSetting(
    5000,
    'steps',
    integer(0, 1e9),
    'Transitions collected before the first gradient step.',
  ),
  updatesPerStep: trainingSetting(
    4,
    'updates/step',
    number(0, 64),
    'Gradient steps of the critics per environment step (update-to-data ratio).',
  ),
  samplerEvery: trainingSetting(
    2,
    'updates',
    integer(1, 1e6),
    'Gradient steps of the critics for each one of the sampler and of the automatic temperature.',
  ),
  policySyncSteps: trainingSetting(5, 'steps', integer(1, 1e6), 'Environment steps between policy snapshots.'),
  replayCapacity: trainingSetting(
    1_000_000,
    'transitions',
    integer(1, 1e8),
    'Capacity of the replay memory; the oldest transitions are evicted first.',
  ),
  nStep: trainingSetting(
    1,
    'steps',
    integer(1, 64),
    "Steps of the critic's target: their discounted rewards and the value of the state after them.",
  ),
  priorLogs: trainingSetting(
    [],
    null,
    priorLogList,
    "Logs of earlier runs of the same robot and task that are learned from, too, each with its share of every batch; the run's own experience has the rest.",
  ),
  memoryBudgetMb: processSetting(
    2048,
    'MB',
    number(1, 1e6),
    'Memory limit; the learner does not start if replay memory and networks need more.',
  ),
  checkpointEverySteps: processSetting(
    1000,
    'steps',
    integer(0, 1e9),
    'Environment steps between checkpoints; 0 = only at the end.',
  ),
  resetEvery: trainingSetting(
    0,
    'updates',
    integer(0, 1e9),
    'Gradient steps between resets of all networks and of the optimizer; 0 = never. The replay memory stays.',
  ),
  resetKeep: trainingSetting(
    0,
    null,
    number(0, 0.9999),
    'Part of each weight that a reset keeps; the rest is a new random weight. 0 = completely new networks.',
  ),
  resetSettleUpdates: trainingSetting(
    2000,
    'updates',
    integer(0, 1e9),
    'Gradient steps after a reset before a policy snapshot is published again; until then the policy before the reset acts.',
  ),
  metricsEverySteps: trainingSetting(
    100,
    'steps',
    integer(1, 1e9),
    'Environment steps between rows of learner metrics.',
  ),
  maxNonFiniteUpdates: trainingSetting(
    10,
    'updates',
    integer(1, 1e6),
    'Consecutive non-finite updates after which training stops.',
  ),
  niceness: processSetting(5, null, integer(0, 19), 'Nice value of the learner process.'),
  normalizeObservations: trainingSetting(true, null, boolean, 'Normalize observations with running mean and variance.'),
  observationScaleFloor: trainingSetting(
    0.01,
    'observation',
    number(1e-9, 1e9),
    'Smallest spread that a normalized observation is divided by: a rare event of a constant element is not a huge input.',
  ),
  normalizeRewards: trainingSetting(
    true,
    null,
    boolean,
    'Multiply rewards by 1 / max(spread of the discounted return, its largest magnitude / 5), running.',
  ),
  rescaleCritics: trainingSetting(
    false,
    null,
    boolean,
    "When the normalizer's factor of the rewards moves, multiply the critics' outputs and alpha by the same factor (PopArt).",
  ),
  learnClipped: trainingSetting(
    true,
    null,
    boolean,
    "When the guard's limits altered a command, store the transition twice: with the applied and with the proposed action.",
  ),
  exploration: trainingSetting(
    'none',
    null,
    choice('none', 'ornstein-uhlenbeck'),
    'Exploration noise in training: none (the sampler is stochastic) or Ornstein-Uhlenbeck (theta 0.15, sigma 0.3).',
  ),
  latentCorrelation: trainingSetting(
    0,
    null,
    number(0, 0.9999),
    'Correlation rho of the latent between steps; about 0.9 gives smoother actions, which is gentler on gears.',
  ),
  alphaClampLow: trainingSetting(
    1e-4,
    'mean |reward|',
    number(0, 1e6),
    'Lower bound of alpha, relative to the mean absolute reward.',
  ),
  alphaClampHigh: trainingSetting(
    10,
    'mean |reward|',
    number(1e-9, 1e9),
    'Upper bound of alpha, relative to the mean absolute reward.',
  ),
  alphaSchedule: trainingSetting(
    'none',
    null,
    choice('none', 'paper-fine-tuning'),
    'Fine-tuning schedule of the paper: alpha0 (0.001/alpha0)^min(t/200000, 1).',
  ),
  proposalSwitchUpdates: trainingSetting(
    null,
    'updates',
    integerOrNull(1, 1e9),
    "Update at which the uniform proposal is replaced by the sampler's density (appendix C.2); null = never.",
  ),
} as const;

/** The settings of the loop and, unchanged, those of the gradient step. */
export type LearnerConfig = SettingValues<typeof LEARNER_SETTINGS> & { readonly algorithm: AlgorithmSettings };

/** The settings of the loop that change the result of training, for the metadata of a policy. */
export function trainingSettings(config: LearnerConfig): Readonly<Record<string, unknown>> {
  const entries = Object.entries(LEARNER_SETTINGS).filter(([, { affectsRunHash }]) => affectsRunHash);
  return Object.fromEntries(entries.map(([key]) => [key, config[key as keyof typeof LEARNER_SETTINGS]]));
}
