import type { IsaName, NativeAddon, NativeEngineHandle } from '../../addon/index.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { checkCriticInput, checkSamplerInput } from '../batch.ts';
import type {
  AlgorithmOptions,
  Batch,
  BatchRows,
  CriticInfo,
  Engine,
  EngineState,
  NoiseParts,
  ParticleNoise,
  SamplerInfo,
  Tensor,
  UpdateNoise,
  UpdateSettings,
  ValueNoise,
} from '../port.ts';
import { layersOf } from '../../policy/layers/index.ts';
import { latentSize } from '../options/index.ts';
import { scaled, valueOutputs } from '../rescale.ts';
import { checkState } from '../state-shapes.ts';

/** How many numbers the updates return; the order is that of `CriticInfo` and `SamplerInfo` in native/src/layout.h. */
const CRITIC_INFO_LENGTH = 7;
const SAMPLER_INFO_LENGTH = 6;
const WORD = 4294967296;

export interface NativeEngineOptions {
  readonly addon: NativeAddon;
  readonly isa: IsaName;
  readonly threads: number;
}

/** One call into C++ per update; everything is allocated at the start. */
export class NativeEngine implements Engine {
  readonly options: AlgorithmOptions;
  readonly description: string;
  private readonly handle: NativeEngineHandle;
  private readonly indices: ReadonlyMap<string, { readonly index: number; readonly shape: readonly number[] }>;
  private readonly settings = new Float64Array(4);
  private readonly criticInfo = new Float64Array(CRITIC_INFO_LENGTH);
  private readonly samplerInfo = new Float64Array(SAMPLER_INFO_LENGTH);
  private disposed = false;

  /** Starts from `state`, which is copied. Throws E_ENGINE_INPUT when it does not fit, E_CONFIG_VALUE for options it does not support. */
  constructor({ addon, isa, threads }: NativeEngineOptions, options: AlgorithmOptions, state: EngineState) {
    checkState(options, state);
    this.options = options;
    try {
      this.handle = new addon.NativeEngine({
        ...options,
        latentSize: latentSize(options),
        samplerLayers: layersOf(options.samplerLayers, 0),
        criticLayers: layersOf(options.criticLayers, 0),
        isa,
        threads,
      });
    } catch (error) {
      throw new SoftqdError('E_CONFIG_VALUE', `native engine: ${(error as Error).message}`, { cause: error });
    }
    this.indices = new Map(this.handle.tensors().map(({ name, shape }, index) => [name, { index, shape }]));
    this.description = `native ${isa}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
    this.restore(state);
  }

  updateCritic(batch: Batch, noise: ValueNoise, settings: UpdateSettings): CriticInfo {
    this.requireAlive();
    checkCriticInput(this.options, batch, noise);
    const info = this.criticInfo;
    this.handle.updateCritic(
      batch.observations,
      batch.actions,
      batch.rewards,
      batch.nextObservations,
      batch.terminated,
      batch.discounts,
      noise.valueLatents,
      noise.valueJitter,
      noise.valueUniform,
      noise.valueChoice,
      this.settingsOf(settings),
      info,
    );
    return {
      qLoss: info[0]!,
      qMean: info[1]!,
      targetMean: info[2]!,
      softValueMean: info[3]!,
      alpha: info[4]!,
      criticGradientNorm: info[5]!,
      finite: info[6] === 1,
    };
  }

  updateSampler(
    { observations }: Pick<Batch, 'observations'>,
    noise: ParticleNoise,
    settings: UpdateSettings,
  ): SamplerInfo {
    this.requireAlive();
    checkSamplerInput(this.options, observations, noise);
    const info = this.samplerInfo;
    this.handle.updateSampler(observations, noise.fixedLatents, noise.updatedLatents, this.settingsOf(settings), info);
    return {
      entropy: info[0]!,
      logDeterminantSpread: info[1]!,
      alpha: info[2]!,
      phiNorm: info[3]!,
      samplerGradientNorm: info[4]!,
      finite: info[5] === 1,
    };
  }

  gather(from: BatchRows, to: Batch): void {
    try {
      this.handle.gather(
        from.observations,
        from.actions,
        from.rows,
        from.observationRows,
        from.nextObservationRows,
        from.mean,
        from.scale,
        to.observations,
        to.actions,
        to.nextObservations,
        from.first,
        from.count,
      );
    } catch (error) {
      throw new SoftqdError('E_ENGINE_INPUT', `batch: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Draws with the kernels: the numbers depend on two words of `random` only; bit-identical on the same instruction set. */
  drawNoise(random: Random, noise: UpdateNoise, { critics, sampler }: NoiseParts): void {
    const { valueLatents, valueJitter, valueUniform, valueChoice, fixedLatents, updatedLatents } = noise;
    const arrays = [valueLatents, valueJitter, valueUniform, valueChoice, fixedLatents, updatedLatents];
    this.handle.noise(...arrays, random.integer(WORD), random.integer(WORD), critics, sampler);
  }

  rescaleValues(factor: number): void {
    this.requireAlive();
    for (const name of valueOutputs(this.options)) {
      const { data } = this.read(name);
      this.handle.write(this.indices.get(name)!.index, scaled(data, factor));
    }
    this.handle.logAlpha += Math.log(factor);
  }

  state(): EngineState {
    this.requireAlive();
    const tensors = new Map<string, Tensor>([...this.indices.keys()].map((name) => [name, this.read(name)]));
    tensors.set('log_alpha', this.logAlpha());
    return { tensors, updates: this.handle.updates, samplerUpdates: this.handle.samplerUpdates };
  }

  restore(state: EngineState): void {
    this.requireAlive();
    checkState(this.options, state);
    for (const [name, { index }] of this.indices) this.handle.write(index, state.tensors.get(name)!.data);
    this.handle.logAlpha = state.tensors.get('log_alpha')!.data[0]!;
    this.handle.updates = state.updates;
    this.handle.samplerUpdates = state.samplerUpdates;
    this.handle.refresh();
  }

  policyTensors(): ReadonlyMap<string, Tensor> {
    this.requireAlive();
    const online = [...this.indices.keys()].filter((name) => /^(sampler|critic\d)\./.test(name));
    const tensors = new Map<string, Tensor>(online.map((name) => [name, this.read(name)]));
    return tensors.set('log_alpha', this.logAlpha());
  }

  dispose(): void {
    this.disposed = true;
    this.handle.dispose();
  }

  private requireAlive(): void {
    if (this.disposed) throw new SoftqdError('E_ENGINE_UNAVAILABLE', 'the engine has been disposed');
  }

  private read(name: string): Tensor {
    const { index, shape } = this.indices.get(name)!;
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    this.handle.read(index, data);
    return { shape, data };
  }

  private logAlpha(): Tensor {
    return { shape: [1], data: Float32Array.of(this.handle.logAlpha) };
  }

  private settingsOf({ alphaMin, alphaMax, alpha, rewardFactor }: UpdateSettings): Float64Array {
    this.settings[0] = alphaMin;
    this.settings[1] = alphaMax;
    this.settings[2] = alpha ?? NaN;
    this.settings[3] = rewardFactor;
    return this.settings;
  }
}
