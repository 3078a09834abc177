import type { AlgorithmOptions } from '../engine/port.ts';

/** Plain data: the names of AlgorithmOptions that a preset states, and the schedule around them. */
export interface LearnerConfig extends Omit<
  AlgorithmOptions,
  'observationSize' | 'actionSize' | 'discount' | 'targetEntropy'
> {
  readonly engine: 'auto' | 'native' | 'tensorflow';
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  readonly threads: number;
  /** Steps with uniformly random actions: no snapshot before. */
  readonly warmupSteps: number;
  /** Transitions before the first gradient step. */
  readonly learningStartsSteps: number;
  /** Gradient steps a transition; a fraction is carried over. */
  readonly updatesPerStep: number;
  /** Steps between policy snapshots. */
  readonly policySyncSteps: number;
  /** Transitions. */
  readonly replayCapacity: number;
  /** Megabytes (1e6 bytes) the replay may take. */
  readonly memoryBudgetMb: number;
  readonly checkpointEverySteps: number;
  readonly metricsEverySteps: number;
  /** Gradient steps in a row that may be non-finite before the learner stops. */
  readonly maxNonFiniteUpdates: number;
  readonly normalizeObservations: boolean;
  /** A step whose command the guard's limits altered is learned a second time, as it was proposed. */
  readonly learnClipped: boolean;
  /** Automatic temperature stays within [low, high] x the mean of |r|. */
  readonly alphaClampLow: number;
  readonly alphaClampHigh: number;
  /** `paper-fine-tuning`: alpha(t) = alpha0 (0.001 / alpha0)^min(t / 200,000, 1), t in gradient steps. */
  readonly alphaSchedule: 'none' | 'paper-fine-tuning';
  /** Target entropy = this x the number of actions, nats. */
  readonly targetEntropyPerDimension: number;
  /** Until this gradient step the proposal is uniform (appendix C.2); 0 or null = the stated proposal from the start. */
  readonly proposalSwitchUpdates: number | null;
}

export interface ProblemSizes {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly discount: number;
}

/** The options of one engine: exactly the names of AlgorithmOptions. */
export function algorithmOptions(config: LearnerConfig, sizes: ProblemSizes): AlgorithmOptions {
  return {
    observationSize: sizes.observationSize,
    actionSize: sizes.actionSize,
    hiddenUnits: config.hiddenUnits,
    criticCount: config.criticCount,
    criticLayerNorm: config.criticLayerNorm,
    batchSize: config.batchSize,
    fixedParticles: config.fixedParticles,
    updatedParticles: config.updatedParticles,
    valueSamples: config.valueSamples,
    proposal: config.proposal,
    proposalUniformFraction: config.proposalUniformFraction,
    proposalSigma: config.proposalSigma,
    importanceExponent: config.importanceExponent,
    svgdSpace: config.svgdSpace,
    kernelDistances: config.kernelDistances,
    kernelFactor: config.kernelFactor,
    repulsion: config.repulsion,
    latent: config.latent,
    criticTarget: config.criticTarget,
    targetTau: config.targetTau,
    targetCopyUpdates: config.targetCopyUpdates,
    temperature: config.temperature,
    initialAlpha: config.initialAlpha,
    alphaLearningRate: config.alphaLearningRate,
    targetEntropy: config.targetEntropyPerDimension * sizes.actionSize,
    criticLearningRate: config.criticLearningRate,
    samplerLearningRate: config.samplerLearningRate,
    adamBeta1: config.adamBeta1,
    adamBeta2: config.adamBeta2,
    adamEpsilon: config.adamEpsilon,
    discount: sizes.discount,
    rewardScale: config.rewardScale,
  };
}

/** What must be equal for a resumed run to be the same run: options, schedule, seed; not threads, budgets and reporting. */
export function runIdentity(
  options: AlgorithmOptions,
  config: LearnerConfig,
  seed: number,
): Readonly<Record<string, unknown>> {
  return {
    ...options,
    warmupSteps: config.warmupSteps,
    learningStartsSteps: config.learningStartsSteps,
    updatesPerStep: config.updatesPerStep,
    policySyncSteps: config.policySyncSteps,
    replayCapacity: config.replayCapacity,
    normalizeObservations: config.normalizeObservations,
    learnClipped: config.learnClipped,
    alphaClampLow: config.alphaClampLow,
    alphaClampHigh: config.alphaClampHigh,
    alphaSchedule: config.alphaSchedule,
    proposalSwitchUpdates: config.proposalSwitchUpdates ?? 0,
    seed,
  };
}
