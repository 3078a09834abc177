import { sha256Hex } from '../../src/base/digest-adapter.ts';
import type {
  AlgorithmOptions,
  AlgorithmSettings,
  CriticInfo,
  Engine,
  EngineState,
  SamplerInfo,
  UpdateSettings,
} from '../../src/engine/port.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { initialState } from '../../src/engine/index.ts';
import type { LearnerConfig, RunIdentity } from '../../src/learner/index.ts';
import { trainingSettings } from '../../src/learner/settings/index.ts';
import { layers } from './networks.ts';

const ALGORITHM: AlgorithmSettings = {
  ...layers([8, 8], true),
  criticCount: 2,
  latentSize: null,
  latentSkip: 0,
  criticWeightDecay: 0,
  samplerWeightDecay: 0,
  batchSize: 8,
  fixedParticles: 4,
  updatedParticles: 4,
  sharedParticles: false,
  valueSamples: 4,
  proposal: 'mixture',
  proposalUniformFraction: 0,
  proposalSigma: 0.2,
  importanceExponent: 1,
  svgdSpace: 'pre-tanh',
  kernelDistances: 'cross',
  kernelFactor: 'log-plus-one',
  repulsion: true,
  latent: 'normal',
  criticTarget: 'soft-value',
  targetTau: 0.005,
  targetCopyUpdates: 0,
  temperature: 'automatic',
  initialAlpha: 0.2,
  alphaLearningRate: 3e-4,
  targetEntropyPerDimension: -1,
  criticLearningRate: 3e-4,
  samplerLearningRate: 3e-4,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  rewardScale: 1,
};

const LOOP: Omit<LearnerConfig, 'algorithm'> = {
  preset: 'default',
  engine: 'tensorflow',
  backend: 'wasm',
  threads: 1,
  proposalSwitchUpdates: 0,
  alphaClampLow: 1e-4,
  alphaClampHigh: 10,
  alphaSchedule: 'none',
  warmupSteps: 20,
  learningStartsSteps: 20,
  updatesPerStep: 1,
  samplerEvery: 1,
  policySyncSteps: 5,
  replayCapacity: 1000,
  nStep: 1,
  priorLogs: [],
  resetEvery: 0,
  resetKeep: 0,
  resetSettleUpdates: 0,
  memoryBudgetMb: 10,
  checkpointEverySteps: 0,
  metricsEverySteps: 10,
  maxNonFiniteUpdates: 10,
  normalizeObservations: false,
  observationScaleFloor: 0.01,
  normalizeRewards: false,
  rescaleCritics: false,
  learnClipped: true,
  niceness: 0,
  exploration: 'none',
  latentCorrelation: 0,
};

/** A small learner that starts early, with changed settings of the loop or the gradient step. */
export function learnerConfig(changes: Partial<LearnerConfig & AlgorithmSettings> = {}): LearnerConfig {
  const picked = (keys: object): object => Object.fromEntries(Object.entries(changes).filter(([key]) => key in keys));
  const algorithm = { ...ALGORITHM, ...changes.algorithm, ...picked(ALGORITHM) };
  return { ...LOOP, ...picked(LOOP), algorithm };
}

/** The run of a learner with these settings. */
export function runOf(config: LearnerConfig): RunIdentity {
  const settings = Object.entries({ ...trainingSettings(config), ...config.algorithm });
  const definition = Object.fromEntries(settings.map(([key, value]) => [`learner.${key}`, JSON.stringify(value)]));
  return { sha256: sha256Hex(JSON.stringify(definition)), definition };
}

export const TASK = {
  robot: 'test-robot',
  name: 'test-task',
  observationNames: ['x', 'y', 'z'],
  actionNames: ['push'],
  discount: 0.9,
} as const;

/** A real but trivial engine: every weight moves by a number that depends on batch, noise and settings, so that any difference shows. */
export class DriftingEngine implements Engine {
  readonly description = 'drifting';
  readonly options: AlgorithmOptions;
  /** What the next updates report as `finite`; empty = true. */
  readonly finite: boolean[] = [];
  disposed = false;
  private current: EngineState;

  constructor(options: AlgorithmOptions, seed = 1) {
    this.options = options;
    this.current = initialState(options, new XoshiroRandom(seed));
  }

  updateCritic(...[batch, noise, settings]: Parameters<Engine['updateCritic']>): CriticInfo {
    const finite = this.finite.shift() ?? true;
    const { observations, actions, rewards, nextObservations, discounts } = batch;
    const { valueLatents, valueJitter, valueUniform } = noise;
    const sum = this.mix(settings, [
      ...[observations, actions, rewards, nextObservations, discounts],
      ...[valueLatents, valueJitter, valueUniform],
    ]);
    if (finite) {
      this.drift(sum);
      this.current = { ...this.current, updates: this.current.updates + 1 };
    }
    return {
      qLoss: Math.abs(sum),
      qMean: sum,
      targetMean: sum,
      softValueMean: sum,
      alpha: this.alpha(settings),
      criticGradientNorm: 1,
      finite,
    };
  }

  updateSampler(...[{ observations }, noise, settings]: Parameters<Engine['updateSampler']>): SamplerInfo {
    this.drift(this.mix(settings, [observations, noise.fixedLatents, noise.updatedLatents]));
    this.current = { ...this.current, samplerUpdates: this.current.samplerUpdates + 1 };
    return {
      entropy: -1,
      logDeterminantSpread: 0,
      alpha: this.alpha(settings),
      phiNorm: 1,
      samplerGradientNorm: 1,
      finite: true,
    };
  }

  rescaleValues(factor: number): void {
    this.drift(factor);
  }

  state(): EngineState {
    const tensors = new Map(
      [...this.current.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
    return { ...this.current, tensors };
  }

  restore(state: EngineState): void {
    for (const [name, { data }] of this.current.tensors) data.set(state.tensors.get(name)!.data);
    this.current = { ...state, tensors: this.current.tensors };
  }

  policyTensors(): EngineState['tensors'] {
    const { tensors } = this.state();
    return new Map([...tensors].filter(([name]) => /^(sampler|critic\d|log_alpha)/.test(name)));
  }

  dispose(): void {
    this.disposed = true;
  }

  private mix({ alphaMax, alpha }: UpdateSettings, parts: readonly (Float32Array | Float64Array)[]): number {
    let sum = alphaMax + (alpha ?? 0);
    for (const part of parts) {
      for (const value of part) sum = sum * 0.9 + value;
    }
    return sum;
  }

  private drift(sum: number): void {
    for (const { data } of this.current.tensors.values()) data[0] = Math.fround(data[0]! + 1e-3 * Math.sin(sum));
  }

  private alpha({ alphaMax }: UpdateSettings): number {
    return Math.min(Math.exp(this.current.tensors.get('log_alpha')!.data[0]!), alphaMax);
  }
}
