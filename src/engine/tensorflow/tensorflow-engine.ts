import { adamStep, globalNorm } from '../mathematics/adam.ts';
import { stepTarget } from '../mathematics/targets.ts';
import { stepLogAlpha } from '../mathematics/temperature.ts';
import { batchIsFinite, checkInput } from '../batch.ts';
import type {
  AlgorithmOptions,
  Batch,
  Engine,
  EngineState,
  Tensor,
  UpdateInfo,
  UpdateNoise,
  UpdateSettings,
} from '../port.ts';
import { targetEntropy } from '../options/index.ts';
import { checkState, copyTensors, onlineShapes, targetShapes } from '../state-shapes.ts';
import type { ChosenBackend, TensorFlow } from './backend-adapter.ts';
import { criticGradients } from './critic.ts';
import type { Gradients } from './gradients.ts';
import { type DeviceNetwork, Networks } from './network.ts';
import { samplerGradients } from './sampler.ts';
import { nextValues } from './value.ts';

interface Step {
  readonly gradients: Gradients;
  readonly info: UpdateInfo;
}

function refused(alpha: number): UpdateInfo {
  return {
    qLoss: 0,
    qMean: 0,
    targetMean: 0,
    softValueMean: 0,
    entropy: 0,
    alpha,
    phiNorm: 0,
    criticGradientNorm: 0,
    samplerGradientNorm: 0,
    finite: false,
  };
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
  }

  update(batch: Batch, noise: UpdateNoise, settings: UpdateSettings): UpdateInfo {
    checkInput(this.options, batch, noise);
    const alpha = this.alpha(settings);
    if (!batchIsFinite(batch)) return refused(alpha);
    // Another engine of this process may have chosen another backend; switching to one that runs is immediate.
    if (this.tf.getBackend() !== this.backend) void this.tf.setBackend(this.backend);
    const { gradients, info } = this.tf.tidy(() => this.step(batch, noise, alpha) as unknown as never) as Step;
    if (!info.finite) return refused(alpha);
    this.apply(gradients, info, settings);
    return info;
  }

  state(): EngineState {
    return { tensors: copyTensors(this.tensors), updates: this.updates };
  }

  restore(state: EngineState): void {
    checkState(this.options, state);
    this.tensors = copyTensors(state.tensors);
    this.updates = state.updates;
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
    return Array.from({ length: this.options.criticCount }, (_, c) => this.upload(`${prefix}${c}`));
  }

  private upload(prefix: string): DeviceNetwork {
    return this.networks.upload(this.tensors, prefix, this.options.observationSize);
  }

  /** Targets y, then both gradients at the same weights. */
  private step(batch: Batch, noise: UpdateNoise, alpha: number): Step {
    const { tf, networks, options } = this;
    const { observationSize, actionSize } = options;
    const rows = (data: Float32Array, width: number) => tf.tensor2d(data, [data.length / width, width]);
    const sampler = this.upload('sampler');
    const next = nextValues(
      tf,
      networks,
      {
        sampler: options.criticTarget === 'action-value' ? this.upload('target_sampler') : sampler,
        critics: this.critics('target_critic'),
      },
      { nextObservations: rows(batch.nextObservations, observationSize), noise, alpha, options },
    );
    const targets = next.values.map(
      (v, b) => options.rewardScale * batch.rewards[b]! + options.discount * (1 - batch.terminated[b]!) * v,
    );
    const observations = rows(batch.observations, observationSize);
    const critics = this.critics('critic');
    const critic = criticGradients(tf, networks, critics, {
      observations,
      actions: rows(batch.actions, actionSize),
      targets,
    });
    const fixedLatents = rows(noise.fixedLatents, actionSize);
    const updatedLatents = rows(noise.updatedLatents, actionSize);
    const actor = samplerGradients(
      tf,
      networks,
      { sampler, critics },
      { observations, fixedLatents, updatedLatents, alpha, options },
    );
    const criticGradientNorm = globalNorm(critic.gradients.values());
    const samplerGradientNorm = globalNorm(actor.gradients.values());
    const numbers = {
      qLoss: critic.loss,
      qMean: critic.qMean,
      targetMean: mean(targets),
      softValueMean: mean(next.values),
      entropy: next.entropy,
      alpha,
      phiNorm: actor.phiNorm,
      criticGradientNorm,
      samplerGradientNorm,
    };
    const finite = Object.values(numbers).every((value) => Number.isFinite(value));
    return { gradients: new Map([...critic.gradients, ...actor.gradients]), info: { ...numbers, finite } };
  }

  private apply(gradients: Gradients, info: UpdateInfo, settings: UpdateSettings): void {
    const { options } = this;
    this.updates++;
    const data = (name: string): Float32Array => this.tensors.get(name)!.data;
    for (const [name, gradient] of gradients) {
      const rate = name.startsWith('sampler.') ? options.samplerLearningRate : options.criticLearningRate;
      const slot = { parameter: data(name), gradient, m: data(`adam.m.${name}`), v: data(`adam.v.${name}`) };
      adamStep(slot, this.updates, rate, options);
    }
    for (const name of targetShapes(options).keys()) {
      stepTarget(data(name), data(name.slice('target_'.length)), this.updates, options);
    }
    if (options.temperature === 'automatic') {
      const { alphaMin, alphaMax } = settings;
      const { alphaLearningRate: learningRate } = options;
      const logAlpha = data('log_alpha');
      logAlpha[0] = stepLogAlpha(logAlpha[0]!, {
        learningRate,
        targetEntropy: targetEntropy(options),
        entropy: info.entropy,
        alphaMin,
        alphaMax,
      });
    }
  }
}
