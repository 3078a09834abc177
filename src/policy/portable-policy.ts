import { SoftqdError } from '../base/errors.ts';
import type { Random, RandomState } from '../base/random.ts';
import { quantizeAction } from '../robot/command.ts';
import { DenseNetwork } from './dense-network.ts';
import { normalise } from './normaliser.ts';
import { OrnsteinUhlenbeck } from './ornstein-uhlenbeck.ts';
import { checkTensors } from './policy-file.ts';
import type { ActMode, Policy, PolicySnapshot } from './port.ts';

/** Draws of which `best` takes the one with the largest min-Q. */
const BEST_OF = 10;

export interface PortablePolicyOptions {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly random: Random;
  /** rho in [0, 1): xi_t = rho xi_{t-1} + sqrt(1 - rho^2) eps, so that successive actions are alike while each keeps its distribution. */
  readonly latentCorrelation: number;
  readonly exploration: 'none' | 'ornstein-uhlenbeck';
}

/** What makes the next `sample` what it is, beside the weights; plain data for a checkpoint. */
export interface PortablePolicyState {
  readonly random: RandomState;
  /** null: no latent has been drawn in this episode. */
  readonly latent: readonly number[] | null;
  readonly exploration: readonly number[];
}

interface Loaded {
  readonly sampler: DenseNetwork;
  readonly critics: readonly DenseNetwork[];
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  /** [normalised observation, latent]; and the same with the action in place of the latent. */
  readonly samplerInput: Float32Array;
  readonly criticInput: Float32Array;
  /** A view of the observation part of samplerInput. */
  readonly observation: Float32Array;
  /** ddpg: the latent is always 0. */
  readonly constantLatent: boolean;
}

function build(snapshot: PolicySnapshot): Loaded {
  const { meta, tensors } = snapshot;
  const observationSize = meta.observationNames.length;
  const samplerInput = new Float32Array(observationSize + meta.latentSize);
  return {
    sampler: new DenseNetwork(tensors, 'sampler'),
    critics: Array.from({ length: meta.criticCount }, (_, c) => new DenseNetwork(tensors, `critic${c}`)),
    mean: tensors.get('normaliser.mean')!.data,
    scale: tensors.get('normaliser.scale')!.data,
    samplerInput,
    criticInput: new Float32Array(observationSize + meta.actionNames.length),
    observation: samplerInput.subarray(0, observationSize),
    constantLatent: meta.algorithm['latent'] === 'zero',
  };
}

function clip(a: number): number {
  return a > 1 ? 1 : a < -1 ? -1 : a;
}

/** The policy in plain JavaScript over typed arrays: the same everywhere, and fast enough for any control rate. */
export class PortablePolicy implements Policy {
  version = 0;
  private readonly options: PortablePolicyOptions;
  private readonly noise: OrnsteinUhlenbeck;
  private latent: Float32Array;
  private latentDrawn = false;
  private readonly candidate: Float32Array;
  private loaded: Loaded | null = null;

  constructor(options: PortablePolicyOptions) {
    this.options = options;
    this.noise = new OrnsteinUhlenbeck(options.actionSize);
    this.latent = new Float32Array(options.actionSize);
    this.candidate = new Float32Array(options.actionSize);
  }

  /**
   * Swaps to another snapshot; call it between ticks. The snapshot's arrays are used as they are.
   * Throws E_POLICY_FOREIGN (another size), E_POLICY_FILE, E_POLICY_NON_FINITE, and then goes on with the old one.
   */
  load(snapshot: PolicySnapshot, version: number): void {
    const { meta } = snapshot;
    if (
      meta.observationNames.length !== this.options.observationSize ||
      meta.actionNames.length !== this.options.actionSize
    )
      throw new SoftqdError(
        'E_POLICY_FOREIGN',
        `the policy for ${meta.robot} ${meta.task} maps ${meta.observationNames.length} observations to ${meta.actionNames.length} actions, ` +
          `here ${this.options.observationSize} map to ${this.options.actionSize}`,
      );
    checkTensors(meta, snapshot.tensors);
    this.loaded = build(snapshot);
    if (this.latent.length !== meta.latentSize) {
      this.latent = new Float32Array(meta.latentSize);
      this.latentDrawn = false;
    }
    this.version = version;
  }

  act(observation: Float32Array, out: Float32Array, mode: ActMode): void {
    if (observation.length !== this.options.observationSize || out.length !== this.options.actionSize)
      throw new SoftqdError(
        'E_READING_SHAPE',
        `the policy takes ${this.options.observationSize} observations and gives ${this.options.actionSize} actions, ` +
          `it was asked with ${observation.length} and ${out.length}`,
      );
    const loaded = this.loaded;
    if (loaded === null) {
      for (let i = 0; i < out.length; i++) out[i] = quantizeAction(2 * this.options.random.uniform() - 1);
      return;
    }
    normalise(observation, loaded.mean, loaded.scale, loaded.observation);
    switch (mode) {
      case 'sample':
        this.sample(loaded, out);
        break;
      case 'zero':
        loaded.samplerInput.fill(0, loaded.observation.length);
        this.propose(loaded, out);
        break;
      case 'best':
        this.best(loaded, out);
        break;
    }
    for (let i = 0; i < out.length; i++) out[i] = quantizeAction(out[i]!);
  }

  beginEpisode(): void {
    this.latentDrawn = false;
    this.noise.reset();
  }

  save(): PortablePolicyState {
    return {
      random: this.options.random.save(),
      latent: this.latentDrawn ? [...this.latent] : null,
      exploration: [...this.noise.values],
    };
  }

  restore(state: PortablePolicyState): void {
    this.options.random.restore(state.random);
    this.latentDrawn = state.latent !== null;
    if (state.latent !== null) this.latent = Float32Array.from(state.latent);
    this.noise.values.set(state.exploration);
  }

  private sample(loaded: Loaded, out: Float32Array): void {
    const { random, latentCorrelation: rho, exploration } = this.options;
    const { latent } = this;
    if (loaded.constantLatent) latent.fill(0);
    else {
      const fresh = this.latentDrawn ? Math.sqrt(1 - rho * rho) : 1;
      const kept = this.latentDrawn ? rho : 0;
      for (let i = 0; i < latent.length; i++) latent[i] = kept * latent[i]! + fresh * random.normal();
      this.latentDrawn = true;
    }
    loaded.samplerInput.set(latent, loaded.observation.length);
    this.propose(loaded, out);
    if (exploration === 'ornstein-uhlenbeck') {
      this.noise.advance(random);
      for (let i = 0; i < out.length; i++) out[i] = clip(out[i]! + this.noise.values[i]!);
    }
  }

  /** The best of ten independent draws by the minimum over the critics; what `sample` remembers is left alone. */
  private best(loaded: Loaded, out: Float32Array): void {
    const { samplerInput, criticInput, observation, constantLatent } = loaded;
    criticInput.set(observation);
    let bestQ = -Infinity;
    for (let n = 0; n < (constantLatent ? 1 : BEST_OF); n++) {
      for (let i = observation.length; i < samplerInput.length; i++) {
        samplerInput[i] = constantLatent ? 0 : this.options.random.normal();
      }
      this.propose(loaded, this.candidate);
      criticInput.set(this.candidate, observation.length);
      let q = Infinity;
      for (const critic of loaded.critics) q = Math.min(q, critic.run(criticInput)[0]!);
      if (n === 0 || q > bestQ) {
        bestQ = q;
        out.set(this.candidate);
      }
    }
  }

  /** a = tanh(f(latent; observation)) for what stands in samplerInput. */
  private propose(loaded: Loaded, out: Float32Array): void {
    const u = loaded.sampler.run(loaded.samplerInput);
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(u[i]!);
  }
}
