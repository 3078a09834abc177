import { type LayerSpec, Network, normalize, type Tensor } from '../policy/index.ts';
import type { Transition } from '../robot/transition.ts';

/** Steps of one episode at which the critics are evaluated, evenly spaced. */
const PROBE_STEPS = 32;
/** Steps kept of an episode; of a longer one the last steps are used. */
const MAX_STEPS = 10_000;
/** Maximum number of running episodes, one per simulator. */
const MAX_EPISODES = 64;
/** Steps of a truncated episode are skipped when the missing rest has a greater weight. */
const MAX_TAIL_WEIGHT = 0.5;

export interface BiasNumbers {
  readonly discount: number;
  readonly rewardScale: number;
  /** Latest alpha, entropy and mean soft value of the updates. */
  readonly alpha: number;
  readonly entropy: number;
  readonly softValueMean: number;
}

/** The critics and the normalizer that are evaluated. */
export interface EvaluatedCritics {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly criticLayers: readonly LayerSpec[];
  readonly criticCount: number;
}

/** The running episodes, step by step; several when several simulators take turns. */
export class EpisodeRecords {
  private readonly episodes = new Map<number, Transition[]>();

  /** Adds the next transition; returns the steps of its episode when it ends the episode, else null. */
  add(transition: Transition): readonly Transition[] | null {
    const { episode } = transition;
    const steps = this.episodes.get(episode) ?? [];
    this.episodes.set(episode, steps);
    steps.push(transition);
    if (transition.terminated || transition.truncated) {
      this.episodes.delete(episode);
      return steps;
    }
    if (steps.length > MAX_STEPS) steps.splice(0, MAX_STEPS / 10);
    if (this.episodes.size > MAX_EPISODES) this.episodes.delete(Math.min(...this.episodes.keys()));
    return null;
  }

  /** Number of transitions of the running episodes: how many must be read again from a log. */
  get oldestSequence(): number {
    return Math.min(Infinity, ...[...this.episodes.values()].map((steps) => steps[0]!.sequence));
  }
}

/**
 * The critics' bias on one finished training episode: the mean over (up to 32) steps t of min_c Q_c(s_t, a_t) - G_t with the discounted soft
 * return G_t = r_t + sum_{k>=1} discount^k (r_{t+k} + alpha H), with the latest H and alpha of the updates. A truncated episode
 * adds discount^(T-t) x the mean soft value for the missing rest, and uses only steps where that has a weight of at most 1/2.
 * null when no step can be judged.
 */
export function criticBias(
  steps: readonly Transition[],
  evaluated: EvaluatedCritics,
  numbers: BiasNumbers,
): number | null {
  const { discount, rewardScale, alpha, entropy } = numbers;
  const terminated = steps[steps.length - 1]?.terminated ?? false;
  const returns = new Float64Array(steps.length);
  let rest = terminated ? 0 : numbers.softValueMean;
  for (let t = steps.length - 1; t >= 0; t--) {
    returns[t] = steps[t]!.reward * rewardScale + discount * rest;
    rest = returns[t]! + alpha * entropy;
  }
  const usable = terminated ? steps.length : usableSteps(steps.length, discount);
  const count = Math.min(PROBE_STEPS, usable);
  if (!(count >= 1)) return null;
  const critics = new CriticEnsemble(evaluated);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const t = Math.floor((i * usable) / count);
    sum += critics.minimum(steps[t]!) - returns[t]!;
  }
  return Number.isFinite(sum) ? sum / count : null;
}

/** Steps of a truncated episode of `length` whose unseen rest weighs at most 1/2: discount^(length - t) <= 1/2. */
function usableSteps(length: number, discount: number): number {
  if (discount >= 1) return 0;
  return length + 1 - Math.max(1, Math.ceil(Math.log(MAX_TAIL_WEIGHT) / Math.log(discount)));
}

class CriticEnsemble {
  private readonly networks: readonly Network[];
  private readonly mean: Float32Array;
  private readonly scale: Float32Array;

  constructor({ tensors, criticLayers, criticCount }: EvaluatedCritics) {
    this.networks = Array.from({ length: criticCount }, (_, c) => new Network(tensors, `critic${c}`, criticLayers));
    this.mean = tensors.get('normalizer.mean')!.data;
    this.scale = tensors.get('normalizer.scale')!.data;
  }

  minimum(t: Transition): number {
    const size = t.observation.length;
    const input = new Float32Array(size + t.appliedAction.length);
    normalize(t.observation, this.mean, this.scale, input.subarray(0, size));
    input.set(t.appliedAction, size);
    return Math.min(...this.networks.map((network) => network.run(input)[0]!));
  }
}
