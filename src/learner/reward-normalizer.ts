import { SoftqdError } from '../base/errors.ts';
import type { Transition } from '../robot/transition.ts';

/** The largest |G| counts as this many spreads. */
const LARGEST_IN_SPREADS = 5;
const MIN_SPREAD = 1e-3;
/** Maximum number of running episodes, one per simulator. */
const MAX_EPISODES = 64;

/** What determines the factor; a policy file contains it, so that its critics keep their unit when training continues from it. */
export interface RewardStatistics {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  readonly largest: number;
}

export interface RewardNormalizerState extends RewardStatistics {
  /** Session of the newest transition; the returns are of its episodes. */
  readonly sessionUuid: string;
  /** [episode, its discounted return so far] of the running episodes. */
  readonly returns: readonly (readonly [number, number])[];
}

/** Statistics out of a policy file; null where it has none. Throws E_POLICY_FILE for anything else. */
export function rewardStatisticsFrom(value: unknown): RewardStatistics | null {
  if (value === null || value === undefined) return null;
  const { count, mean, squares, largest } = value as Partial<Record<keyof RewardStatistics, unknown>>;
  const numbers = [count, mean, squares, largest] as [number, number, number, number];
  const [n, , sum, high] = numbers;
  if (!numbers.every(Number.isFinite) || n < 1 || sum < 0 || high < 0)
    throw new SoftqdError('E_POLICY_FILE', 'metadata algorithm.rewardNormalizer of the policy file is not valid');
  return { count: n, mean: numbers[1], squares: sum, largest: high };
}

/**
 * The running scale of rewards: 1 / max(spread of G, max |G| / 5, 1e-3) with G_t = discount G_(t-1) + r_t from 0 in every episode
 * (Welford 1962, float64). A function of the transitions only. 1 while disabled and before the first transition.
 */
export class RewardNormalizer {
  private readonly enabled: boolean;
  private readonly discount: number;
  private readonly returns = new Map<number, number>();
  private count = 0;
  private mean = 0;
  private squares = 0;
  private largest = 0;
  private sessionUuid = '';

  constructor(enabled: boolean, discount: number) {
    this.enabled = enabled;
    this.discount = discount;
  }

  add({ sessionUuid, episode, reward, terminated, truncated }: Transition): void {
    if (!this.enabled) return;
    if (sessionUuid !== this.sessionUuid) this.returns.clear();
    this.sessionUuid = sessionUuid;
    const g = this.discount * (this.returns.get(episode) ?? 0) + reward;
    this.count += 1;
    const delta = g - this.mean;
    this.mean += delta / this.count;
    this.squares += delta * (g - this.mean);
    this.largest = Math.max(this.largest, Math.abs(g));
    if (terminated || truncated) this.returns.delete(episode);
    else this.returns.set(episode, g);
    if (this.returns.size > MAX_EPISODES) this.returns.delete(Math.min(...this.returns.keys()));
  }

  /** What a reward is multiplied by. */
  get factor(): number {
    if (this.count === 0) return 1;
    return 1 / Math.max(Math.sqrt(this.squares / this.count), this.largest / LARGEST_IN_SPREADS, MIN_SPREAD);
  }

  /** null while disabled and before the first transition. */
  get statistics(): RewardStatistics | null {
    const { count, mean, squares, largest } = this;
    return count === 0 ? null : { count, mean, squares, largest };
  }

  save(): RewardNormalizerState {
    const { count, mean, squares, largest, sessionUuid } = this;
    return { count, mean, squares, largest, sessionUuid, returns: [...this.returns] };
  }

  restore(state: RewardNormalizerState): void {
    this.count = state.count;
    this.mean = state.mean;
    this.squares = state.squares;
    this.largest = state.largest;
    this.sessionUuid = state.sessionUuid;
    this.returns.clear();
    for (const [episode, g] of state.returns) this.returns.set(episode, g);
  }
}
