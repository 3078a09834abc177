import type { Random } from '../base/random.ts';
import { fillNoise, gradientStep, type GradientStepInfo, targetEntropy } from '../engine/index.ts';
import type { Batch, Engine, EngineState, UpdateInfo, UpdateNoise, UpdateSettings } from '../engine/port.ts';
import { type ReplayMemory, ReplaySources, type ReplaySource } from '../experience/index.ts';
import type { LearnerAlert } from '../experience/port.ts';
import type { Normalizer, Tensor } from '../policy/index.ts';
import type { Transition } from '../robot/transition.ts';
import { checkTransition } from './check-transition.ts';
import { ownShare, type LearnerConfig } from './settings/index.ts';
import { criticBias, EpisodeRecords } from './critic-bias.ts';
import { MeanAbsReward } from './mean-reward.ts';
import { MetricsWindow } from './metrics-window.ts';
import { Minibatch } from './minibatch.ts';
import { NetworkResets } from './network-resets.ts';
import { divergenceError, skippedUpdateAlert } from './divergence.ts';
import type { ParentState } from './parent-policy.ts';
import { Schedule } from './schedule.ts';
import { AlphaMonitor, temperatureSettings } from './alpha-monitor.ts';
import { RewardNormalizer, type RewardStatistics } from './reward-normalizer.ts';
import { storeTransition } from './store-transition.ts';
import type { TrainerState } from './trainer-state.ts';

/** An engine with the arrays for the random numbers of one update. */
export interface EngineContext {
  readonly engine: Engine;
  readonly noise: UpdateNoise;
}

export interface TrainerOptions {
  readonly config: LearnerConfig;
  readonly first: EngineContext;
  /** Takes over at `proposalSwitchUpdates`; null = no switch. */
  readonly second: EngineContext | null;
  /** The run's own experience. */
  readonly replay: ReplayMemory;
  /** Memories of other runs, filled with addPrior. */
  readonly prior: readonly ReplaySource[];
  readonly normalizer: Normalizer;
  /** Random streams: minibatches and the noise of an update. */
  readonly replayRandom: Random;
  readonly noiseRandom: Random;
  /** Reused between updates. */
  readonly batch: Batch;
  /** New networks for the reset with this number, from 1. */
  readonly freshState: (reset: number) => EngineState;
  readonly onAlert: (alert: LearnerAlert) => void;
}

/**
 * Soft Q-learning as a function of the ingested transitions: no time, no I/O. `ingest` ingests a transition, `update` does one gradient
 * step, of the critics and every `samplerEvery`-th time of the sampler, too; all random numbers come from the two streams. After `save` and
 * `restore`, with the engine's state and the same experience, the next update is bit-identical to that of an uninterrupted run.
 */
export class Trainer {
  readonly schedule: Schedule;
  readonly replay: ReplayMemory;
  readonly meanAbsReward = new MeanAbsReward();
  readonly episodes = new EpisodeRecords();
  private readonly options: TrainerOptions;
  private readonly window = new MetricsWindow();
  private readonly temperature: AlphaMonitor;
  private readonly minibatch: Minibatch;
  private readonly resets: NetworkResets;
  private stage: EngineContext;
  private readonly rewardNormalizer: RewardNormalizer;
  /** The reward factor of the newest update; null before the first. */
  private usedRewardFactor: number | null = null;
  private done = 0;
  private nonFinite = 0;
  private nonFiniteInARow = 0;
  private droppedUpdates = 0;
  private bias: number | null = null;
  private last: UpdateInfo | null = null;

  constructor(options: TrainerOptions) {
    this.options = options;
    this.stage = options.first;
    this.replay = options.replay;
    const { config, first } = options;
    this.rewardNormalizer = new RewardNormalizer(config.normalizeRewards, first.engine.options.discount);
    const { batchSize } = config.algorithm;
    const own = { memory: options.replay, share: ownShare(config.priorLogs) };
    this.minibatch = new Minibatch(new ReplaySources([own, ...options.prior], batchSize), options);
    this.resets = new NetworkResets(config, options.freshState);
    this.schedule = new Schedule(config, batchSize);
    this.temperature = new AlphaMonitor(targetEntropy(options.first.engine.options));
  }

  /** The engine that makes the next update. */
  get engine(): Engine {
    return this.stage.engine;
  }

  /** Finite gradient steps of the critics made. */
  get updates(): number {
    return this.done;
  }

  /** The networks are new and have not settled: their policy must not act yet. */
  get settling(): boolean {
    return this.resets.settling(this.done);
  }

  /** Ingests one transition. Throws E_TRANSITION_INVALID or E_ACTION_RANGE; the state is unchanged then. */
  ingest(transition: Transition): void {
    const { observationSize, actionSize } = this.engine.options;
    checkTransition(transition, observationSize, actionSize);
    this.normalizeWith(transition);
    storeTransition(this.replay, transition, this.options.config.learnClipped);
    this.droppedUpdates += this.schedule.ingest();
    const episode = this.episodes.add(transition);
    if (episode !== null && this.last !== null) this.estimateCriticBias(episode, this.last);
  }

  /**
   * Stores a transition of another run in one of the `prior` memories. `normalize`: it counts in the statistics, too, which a restored state
   * already contains. The transition was checked.
   */
  addPrior(source: number, transition: Transition, normalize: boolean): void {
    if (normalize) this.normalizeWith(transition);
    storeTransition(this.options.prior[source]!.memory, transition, this.options.config.learnClipped);
  }

  /** Re-ingests a logged transition after a resume: `ingest` without what the saved state already contains. false = rejected, as by `ingest`. */
  remember(transition: Transition, intoReplay: boolean): boolean {
    const { observationSize, actionSize } = this.engine.options;
    try {
      checkTransition(transition, observationSize, actionSize);
    } catch {
      return false;
    }
    if (intoReplay) storeTransition(this.replay, transition, this.options.config.learnClipped);
    this.episodes.add(transition);
    return true;
  }

  /** One gradient step. Throws E_LEARNER_DIVERGED after `maxNonFiniteUpdates` non-finite ones in a row. */
  update(): void {
    const { config, batch, replayRandom, noiseRandom, second } = this.options;
    if (second !== null && this.stage !== second && this.done >= (config.proposalSwitchUpdates ?? 0)) {
      second.engine.restore(this.engine.state());
      this.stage = second;
    }
    const { engine, noise } = this.stage;
    this.schedule.consume();
    this.resets.apply(engine, this.done);
    this.minibatch.fill(engine, replayRandom);
    const sampler = this.done % config.samplerEvery === 0;
    fillNoise(engine, noiseRandom, noise, { critics: true, sampler });
    const settings = this.settings();
    this.rescale(settings.rewardFactor);
    this.record(gradientStep(engine, { batch, noise, settings, sampler }), settings);
  }

  /** sampler, critics, log_alpha and normalizer, copied. */
  policyTensors(): ReadonlyMap<string, Tensor> {
    return new Map([...this.engine.policyTensors(), ...this.options.normalizer.tensors()]);
  }

  /** Of the reward normalizer, for a policy file. */
  get rewardStatistics(): RewardStatistics | null {
    return this.rewardNormalizer.statistics;
  }

  /** Means since the last call and the newest counts; names and formulas in docs/learning.md. Only finite numbers. */
  metrics(): Record<string, number> {
    return {
      ...this.window.drain(),
      steps: this.schedule.steps,
      updates: this.done,
      replayCount: this.replay.count,
      priorCount: this.priorCount(),
      resets: this.resets.count,
      meanAbsReward: this.meanAbsReward.value,
      rewardFactor: this.rewardNormalizer.factor,
      nonFiniteUpdates: this.nonFinite,
      droppedUpdates: this.droppedUpdates,
      ...(this.bias === null ? {} : { criticBias: this.bias }),
    };
  }

  /** Begins from another policy's networks. Throws E_ENGINE_INPUT. */
  loadParent(parent: ParentState): void {
    this.engine.restore(parent.engine);
    if (parent.normalizer !== null) this.options.normalizer.restore(parent.normalizer);
    if (parent.rewards !== null) this.rewardNormalizer.restore({ ...parent.rewards, sessionUuid: '', returns: [] });
  }

  save(): TrainerState {
    return {
      updates: this.done,
      nonFinite: this.nonFinite,
      nonFiniteInARow: this.nonFiniteInARow,
      droppedUpdates: this.droppedUpdates,
      bias: this.bias,
      last: this.last,
      schedule: this.schedule.save(),
      meanAbsReward: this.meanAbsReward.save(),
      rewardNormalizer: this.rewardNormalizer.save(),
      usedRewardFactor: this.usedRewardFactor,
      resets: this.resets.count,
      window: this.window.save(),
      temperature: this.temperature.save(),
      normalizer: this.options.normalizer.save(),
      replayRandom: this.options.replayRandom.save(),
      noiseRandom: this.options.noiseRandom.save(),
    };
  }

  /** Everything but the replay's content. Throws E_ENGINE_INPUT when the tensors are of another architecture. */
  restore(state: TrainerState, engineState: EngineState): void {
    this.done = state.updates;
    this.nonFinite = state.nonFinite;
    this.nonFiniteInARow = state.nonFiniteInARow;
    this.droppedUpdates = state.droppedUpdates;
    this.bias = state.bias;
    this.last = state.last;
    this.schedule.restore(state.schedule);
    this.meanAbsReward.restore(state.meanAbsReward);
    this.rewardNormalizer.restore(state.rewardNormalizer);
    this.usedRewardFactor = state.usedRewardFactor;
    this.resets.restore(state.resets);
    this.window.restore(state.window);
    this.temperature.restore(state.temperature);
    this.options.normalizer.restore(state.normalizer);
    this.options.replayRandom.restore(state.replayRandom);
    this.options.noiseRandom.restore(state.noiseRandom);
    this.stage.engine.restore(engineState);
  }

  dispose(): void {
    this.options.first.engine.dispose();
    this.options.second?.engine.dispose();
  }

  private normalizeWith(transition: Transition): void {
    this.options.normalizer.add(transition.observation);
    this.meanAbsReward.add(transition.reward);
    this.rewardNormalizer.add(transition);
  }

  private priorCount(): number {
    return this.options.prior.reduce((sum, { memory }) => sum + memory.count, 0);
  }

  private estimateCriticBias(steps: readonly Transition[], { alpha, entropy, softValueMean }: UpdateInfo): void {
    const { discount, criticLayers, criticCount } = this.engine.options;
    const rewardScale = this.engine.options.rewardScale * (this.usedRewardFactor ?? 1);
    const numbers = { discount, rewardScale, alpha, entropy, softValueMean };
    this.bias = criticBias(steps, { tensors: this.policyTensors(), criticLayers, criticCount }, numbers) ?? this.bias;
  }

  private settings(): UpdateSettings {
    const { config } = this.options;
    const { factor } = this.rewardNormalizer;
    return { ...temperatureSettings(config, factor * this.meanAbsReward.value, this.done), rewardFactor: factor };
  }

  /** The critics follow the unit of the reward. */
  private rescale(factor: number): void {
    const used = this.usedRewardFactor;
    if (this.options.config.rescaleCritics && used !== null && used !== factor)
      this.engine.rescaleValues(factor / used);
    this.usedRewardFactor = factor;
  }

  private record({ critic, sampler }: GradientStepInfo, settings: UpdateSettings): void {
    if (critic?.finite !== true) {
      this.recordNonFinite(settings);
      return;
    }
    this.done += 1;
    this.nonFiniteInARow = 0;
    // The first gradient step updates the sampler, too.
    this.last = { ...this.last!, ...sampler, ...critic };
    this.window.add({ ...sampler, ...critic });
    const { temperature } = this.options.config.algorithm;
    if (sampler === null || temperature !== 'automatic' || settings.alpha !== null) return;
    const alert = this.temperature.look(sampler, settings);
    if (alert !== null) this.options.onAlert(alert);
  }

  private recordNonFinite(settings: UpdateSettings): void {
    this.nonFinite += 1;
    this.nonFiniteInARow += 1;
    const { config, batch, onAlert } = this.options;
    const { nonFiniteInARow, done, last } = this;
    if (nonFiniteInARow >= config.maxNonFiniteUpdates)
      throw divergenceError({ inARow: nonFiniteInARow, updates: done, settings, batch, last });
    if (nonFiniteInARow === 1) onAlert(skippedUpdateAlert(done + 1, this.nonFinite));
  }
}
