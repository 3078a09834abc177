import { SoftqdError } from '../base/errors.ts';
import type { Random, RandomState } from '../base/random.ts';
import { quantizeAction, quantizeActions } from '../robot/command.ts';
import { type PolicyNetwork, BEST_OF_SAMPLES } from './policy-network.ts';
import { OrnsteinUhlenbeck } from './ornstein-uhlenbeck.ts';
import { checkTensors } from './policy-file.ts';
import type { ActMode, Policy, PolicySnapshot } from './port.ts';

export interface ActingOptions {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly random: Random;
  /** rho in [0, 1): xi_t = rho xi_{t-1} + sqrt(1 - rho^2) eps, so that successive actions are alike while each keeps its distribution. */
  readonly latentCorrelation: number;
  readonly exploration: 'none' | 'ornstein-uhlenbeck';
}

/** State that determines the next `sample`, without the weights; plain data for a checkpoint. */
export interface ActingState {
  readonly random: RandomState;
  /** null: no latent has been drawn in this episode. */
  readonly latent: readonly number[] | null;
  readonly exploration: readonly number[];
}

/** A policy around any Actor: latents and their correlation, exploration, modes, the swap of snapshots. Random numbers are drawn here, so that all actors receive the same. */
export class ActingPolicy implements Policy {
  version = 0;
  private readonly options: ActingOptions;
  private readonly noise: OrnsteinUhlenbeck;
  private latent: Float32Array;
  /** The latest draws for the latent. */
  private needsNewLatent: Float64Array;
  private latentSampled = false;
  private readonly actor: PolicyNetwork;
  private loaded = false;
  /** ddpg: the latent is always 0. */
  private constantLatent = false;

  constructor(options: ActingOptions, actor: PolicyNetwork) {
    this.options = options;
    this.actor = actor;
    this.noise = new OrnsteinUhlenbeck(options.actionSize);
    this.latent = new Float32Array(options.actionSize);
    this.needsNewLatent = new Float64Array(options.actionSize);
  }

  /**
   * Swaps to another snapshot; call it between ticks. The snapshot's arrays may be used without a copy.
   * Throws E_POLICY_MISMATCH (another size), E_POLICY_FILE, E_POLICY_NON_FINITE, and then keeps the old one.
   */
  load(snapshot: PolicySnapshot, version: number): void {
    const { meta } = snapshot;
    if (
      meta.observationNames.length !== this.options.observationSize ||
      meta.actionNames.length !== this.options.actionSize
    )
      throw new SoftqdError(
        'E_POLICY_MISMATCH',
        `the policy for ${meta.robot} ${meta.task} maps ${meta.observationNames.length} observations to ${meta.actionNames.length} actions, ` +
          `here ${this.options.observationSize} map to ${this.options.actionSize}`,
      );
    checkTensors(meta, snapshot.tensors);
    this.actor.load(snapshot);
    this.loaded = true;
    this.constantLatent = meta.algorithm['latent'] === 'zero';
    if (this.latent.length !== meta.latentSize) {
      this.latent = new Float32Array(meta.latentSize);
      this.needsNewLatent = new Float64Array(meta.latentSize);
      this.latentSampled = false;
    }
    this.version = version;
  }

  act(observation: Float32Array, out: Float32Array, mode: ActMode): void {
    if (observation.length !== this.options.observationSize || out.length !== this.options.actionSize)
      throw new SoftqdError(
        'E_READING_SHAPE',
        `the policy maps ${this.options.observationSize} observations to ${this.options.actionSize} actions, ` +
          `called with ${observation.length} and ${out.length}`,
      );
    if (!this.loaded) {
      for (let i = 0; i < out.length; i++) out[i] = quantizeAction(2 * this.options.random.uniform() - 1);
      return;
    }
    switch (mode) {
      case 'sample':
        this.sample(observation, out);
        break;
      case 'zero':
        this.actor.latents.fill(0, 0, this.latent.length);
        this.actor.act(observation, 1, out);
        break;
      case 'best':
        this.best(observation, out);
        break;
    }
    quantizeActions(out);
  }

  beginEpisode(): void {
    this.latentSampled = false;
    this.noise.reset();
  }

  save(): ActingState {
    return {
      random: this.options.random.save(),
      latent: this.latentSampled ? [...this.latent] : null,
      exploration: [...this.noise.values],
    };
  }

  restore(state: ActingState): void {
    this.options.random.restore(state.random);
    this.latentSampled = state.latent !== null;
    if (state.latent !== null) this.latent = Float32Array.from(state.latent);
    this.noise.values.set(state.exploration);
  }

  private sample(observation: Float32Array, out: Float32Array): void {
    const { random, latentCorrelation: rho, exploration } = this.options;
    const { latent, needsNewLatent } = this;
    if (this.constantLatent) latent.fill(0);
    else {
      const part = this.latentSampled ? Math.sqrt(1 - rho * rho) : 1;
      const kept = this.latentSampled ? rho : 0;
      random.fillNormal(needsNewLatent);
      for (let i = 0; i < latent.length; i++) latent[i] = kept * latent[i]! + part * needsNewLatent[i]!;
      this.latentSampled = true;
    }
    this.actor.latents.set(latent);
    this.actor.act(observation, 1, out);
    if (exploration === 'ornstein-uhlenbeck') {
      this.noise.advance(random);
      const { values } = this.noise;
      for (let i = 0; i < out.length; i++) {
        const a = out[i]! + values[i]!;
        out[i] = a > 1 ? 1 : a < -1 ? -1 : a;
      }
    }
  }

  /** The best of ten independent draws by the minimum over the critics; the state of `sample` does not change. */
  private best(observation: Float32Array, out: Float32Array): void {
    const { latents } = this.actor;
    if (this.constantLatent) latents.fill(0);
    else this.options.random.fillNormal(latents);
    this.actor.act(observation, this.constantLatent ? 1 : BEST_OF_SAMPLES, out);
  }
}
