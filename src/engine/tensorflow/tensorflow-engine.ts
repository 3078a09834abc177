import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type AdamRate, adamStep, globalNorm } from '../mathematics/adam.ts';
import { stepTarget } from '../mathematics/targets.ts';
import { stepLogAlpha } from '../mathematics/temperature.ts';
import { firstNonFinite } from '../../base/finite.ts';
import { batchIsFinite, checkCriticInput, checkSamplerInput } from '../batch.ts';
import type {
  AlgorithmOptions,
  Batch,
  CriticInfo,
  Engine,
  EngineState,
  ParticleNoise,
  SamplerInfo,
  Tensor,
  UpdateSettings,
  ValueNoise,
} from '../port.ts';
import { latentSize, targetEntropy } from '../options/index.ts';
import { checkState, copyTensors, onlineShapes, targetShapes } from '../state-shapes.ts';
import type { ChosenBackend, TensorFlow } from './backend-adapter.ts';
import { criticGradients } from './critic.ts';
import type { Gradients } from './gradients.ts';
import { type DeviceNetwork, Networks } from './network.ts';
import { scaled, valueOutputs } from '../rescale.ts';
import { samplerEntropy } from './entropy.ts';
import { samplerGradients } from './sampler.ts';
import { nextValues } from './value.ts';

interface Step<Info> {
  readonly gradients: Gradients;
  readonly info: Info;
}

function refusedCritic(alpha: number): CriticInfo {
  return { qLoss: 0, qMean: 0, targetMean: 0, softValueMean: 0, alpha, criticGradientNorm: 0, finite: false };
}

function refusedSampler(alpha: number): SamplerInfo {
  return { entropy: 0, logDeterminantSpread: 0, alpha, phiNorm: 0, samplerGradientNorm: 0, finite: false };
}

function allFinite(numbers: Readonly<Record<string, number>>): boolean {
  return Object.values(numbers).every((value) => Number.isFinite(value));
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Soft Q-learning with TensorFlow.js: networks and their gradients there, the small algebra and Adam over typed arrays. */
export class TensorFlowEngine implements Engine {
  readonly options: AlgorithmOptions;
  readonly description: string;
  private readonly tf: TensorFlow;
  private readonly backend: ChosenBackend['name'];
  private readonly networks: Networks;
  private tensors: Map<string, Tensor>;
  private updates: number;
  private samplerUpdates: number;

  /** Starts from `state`, which is copied. Throws E_ENGINE_INPUT when it does not fit the options. */
  constructor(chosen: ChosenBackend, options: AlgorithmOptions, state: EngineState) {
    checkState(options, state);
    this.options = options;
    this.description = chosen.description;
    this.tf = chosen.tf;
    this.backend = chosen.name;
    this.networks = new Networks(chosen.tf);
    this.tensors = copyTensors(state.tensors);
    this.updates = state.updates;
    this.samplerUpdates = state.samplerUpdates;
  }

  updateCritic(batch: Batch, noise: ValueNoise, settings: UpdateSettings): CriticInfo {
    checkCriticInput(this.options, batch, noise);
    const alpha = this.alpha(settings);
    if (!batchIsFinite(batch)) return refusedCritic(alpha);
    const { gradients, info } = this.onBackend(() => this.criticStep(batch, noise, alpha, settings.rewardFactor));
    if (!info.finite) return refusedCritic(alpha);
    const { criticLearningRate: learningRate, criticWeightDecay: weightDecay } = this.options;
    this.updates++;
    this.adam(gradients, this.updates, { learningRate, weightDecay });
    for (const name of targetShapes(this.options).keys())
      stepTarget(this.data(name), this.data(name.slice('target_'.length)), this.updates, this.options);
    return info;
  }

  updateSampler(
    { observations }: Pick<Batch, 'observations'>,
    noise: ParticleNoise,
    settings: UpdateSettings,
  ): SamplerInfo {
    checkSamplerInput(this.options, observations, noise);
    const alpha = this.alpha(settings);
    if (firstNonFinite(observations) >= 0) return refusedSampler(alpha);
    const { gradients, info } = this.onBackend(() => this.samplerStep(observations, noise, alpha));
    if (!info.finite) return refusedSampler(alpha);
    const { samplerLearningRate: learningRate, samplerWeightDecay: weightDecay } = this.options;
    this.samplerUpdates++;
    this.adam(gradients, this.samplerUpdates, { learningRate, weightDecay });
    this.moveLogAlpha(info.entropy, settings);
    return info;
  }

  rescaleValues(factor: number): void {
    for (const name of valueOutputs(this.options)) scaled(this.data(name), factor);
    this.data('log_alpha')[0]! += Math.log(factor);
  }

  state(): EngineState {
    return { tensors: copyTensors(this.tensors), updates: this.updates, samplerUpdates: this.samplerUpdates };
  }

  restore(state: EngineState): void {
    checkState(this.options, state);
    this.tensors = copyTensors(state.tensors);
    this.updates = state.updates;
    this.samplerUpdates = state.samplerUpdates;
  }

  policyTensors(): ReadonlyMap<string, Tensor> {
    const names = [...onlineShapes(this.options).keys(), 'log_alpha'];
    return copyTensors(names.map((name) => [name, this.tensors.get(name)!] as const));
  }

  /** Nothing stays on the backend between updates. */
  dispose(): void {
    this.tensors.clear();
  }

  private alpha(settings: UpdateSettings): number {
    if (settings.alpha !== null) return settings.alpha;
    const own = Math.exp(this.tensors.get('log_alpha')!.data[0]!);
    return this.options.temperature === 'fixed' ? own : Math.max(settings.alphaMin, Math.min(settings.alphaMax, own));
  }

  private critics(prefix: string): DeviceNetwork[] {
    const { criticCount, criticLayers: layers, observationSize } = this.options;
    const spec = { layers, observationSize, latentSkip: 0 };
    return Array.from({ length: criticCount }, (_, c) => this.networks.upload(this.tensors, `${prefix}${c}`, spec));
  }

  private sampler(prefix = 'sampler'): DeviceNetwork {
    const { samplerLayers: layers, observationSize, latentSkip } = this.options;
    return this.networks.upload(this.tensors, prefix, { layers, observationSize, latentSkip });
  }

  private data(name: string): Float32Array {
    return this.tensors.get(name)!.data;
  }

  private onBackend<Result>(compute: () => Result): Result {
    // Another engine of this process may have chosen another backend; switching to one that runs is immediate.
    if (this.tf.getBackend() !== this.backend) void this.tf.setBackend(this.backend);
    return this.tf.tidy(() => compute() as unknown as never);
  }

  private rows(data: Float32Array, width: number): Tensor2D {
    return this.tf.tensor2d(data, [data.length / width, width]);
  }

  /** Targets y and the critics' gradients. */
  private criticStep(batch: Batch, noise: ValueNoise, alpha: number, rewardFactor: number): Step<CriticInfo> {
    const { tf, networks, options } = this;
    const { observationSize, actionSize } = options;
    const next = nextValues(
      tf,
      networks,
      {
        sampler: this.sampler(options.criticTarget === 'action-value' ? 'target_sampler' : 'sampler'),
        critics: this.critics('target_critic'),
      },
      { nextObservations: this.rows(batch.nextObservations, observationSize), noise, alpha, options },
    );
    const scale = options.rewardScale * rewardFactor;
    const targets = next.map(
      (v, b) => scale * batch.rewards[b]! + batch.discounts[b]! * (1 - batch.terminated[b]!) * v,
    );
    const critic = criticGradients(tf, networks, this.critics('critic'), {
      observations: this.rows(batch.observations, observationSize),
      actions: this.rows(batch.actions, actionSize),
      targets,
    });
    const numbers = {
      qLoss: critic.loss,
      qMean: critic.qMean,
      targetMean: mean(targets),
      softValueMean: mean(next),
      alpha,
      criticGradientNorm: globalNorm(critic.gradients.values()),
    };
    return { gradients: critic.gradients, info: { ...numbers, finite: allFinite(numbers) } };
  }

  /** The sampler's entropy and gradient. */
  private samplerStep(observations: Float32Array, noise: ParticleNoise, alpha: number): Step<SamplerInfo> {
    const { tf, networks, options } = this;
    const sampler = this.sampler();
    const states = this.rows(observations, options.observationSize);
    const entropy = samplerEntropy(tf, networks, sampler, { observations, noise, options });
    const { gradients, phiNorm } = samplerGradients(
      tf,
      networks,
      { sampler, critics: this.critics('critic') },
      {
        observations: states,
        fixedLatents: this.rows(noise.fixedLatents, latentSize(options)),
        updatedLatents: this.rows(noise.updatedLatents, latentSize(options)),
        alpha,
        options,
      },
    );
    const numbers = { ...entropy, alpha, phiNorm, samplerGradientNorm: globalNorm(gradients.values()) };
    return { gradients, info: { ...numbers, finite: allFinite(numbers) } };
  }

  private adam(gradients: Gradients, t: number, rate: AdamRate): void {
    for (const [name, gradient] of gradients) {
      const slot = {
        parameter: this.data(name),
        gradient,
        m: this.data(`adam.m.${name}`),
        v: this.data(`adam.v.${name}`),
      };
      adamStep(slot, t, rate, this.options);
    }
  }

  private moveLogAlpha(entropy: number, { alphaMin, alphaMax }: UpdateSettings): void {
    const { options } = this;
    if (options.temperature !== 'automatic') return;
    const logAlpha = this.data('log_alpha');
    logAlpha[0] = stepLogAlpha(logAlpha[0]!, {
      learningRate: options.alphaLearningRate,
      targetEntropy: targetEntropy(options),
      entropy,
      alphaMin,
      alphaMax,
    });
  }
}
