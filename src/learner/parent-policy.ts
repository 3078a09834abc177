import { createHash } from 'node:crypto';
import type { EngineState } from '../engine/port.ts';
import { decodePolicy, type NormalizerState, type PolicySnapshot, type Tensor } from '../policy/index.ts';
import { SoftqdError } from '../base/errors.ts';
import { type RewardStatistics, rewardStatisticsFrom } from './reward-normalizer.ts';
import type { LearnerConfig } from './settings/index.ts';

const MAX_POLICY_BYTES = 64 * 1024 * 1024;

export interface ParentState {
  readonly engine: EngineState;
  /** The parent's mean and spread, weighted by its steps; null when it does not normalize. */
  readonly normalizer: NormalizerState | null;
  /** The unit of the parent's critics and alpha; null when it does not normalize rewards. */
  readonly rewards: RewardStatistics | null;
}

type Normalization = Pick<LearnerConfig, 'normalizeObservations' | 'normalizeRewards'>;

/**
 * The state to fine-tune from: the parent's sampler, critics and alpha instead of new ones, targets equal to them, Adam's
 * moments fresh. Throws E_POLICY_FILE / E_POLICY_NON_FINITE (the file), E_POLICY_MISMATCH (another architecture or normalization).
 */
export function stateFromParent(bytes: Uint8Array, fresh: EngineState, config: Normalization): ParentState {
  const parent = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of fresh.tensors) {
    const source = parent.tensors.get(name.startsWith('target_') ? name.slice('target_'.length) : name);
    if (source === undefined && !name.startsWith('adam.')) throw policyMismatchError(name);
    if (source !== undefined && source.shape.join() !== tensor.shape.join()) throw policyMismatchError(name);
    tensors.set(name, source === undefined ? tensor : { shape: source.shape, data: source.data.slice() });
  }
  const normalizer = normalizerOf(parent);
  const rewards = rewardStatisticsFrom(parent.meta.algorithm['rewardNormalizer']);
  checkSameNormalization('normalizeObservations', normalizer !== null, config);
  checkSameNormalization('normalizeRewards', rewards !== null, config);
  return { engine: { tensors, updates: 0, samplerUpdates: 0 }, normalizer, rewards };
}

function checkSameNormalization(key: keyof Normalization, parentDoes: boolean, config: Normalization): void {
  if (parentDoes === config[key]) return;
  const what = key === 'normalizeRewards' ? 'rewards' : 'observations';
  const does = parentDoes ? 'normalizes' : 'does not normalize';
  throw new SoftqdError(
    'E_POLICY_MISMATCH',
    `the parent policy ${does} ${what}, this learner is configured otherwise`,
    { hint: `Pass --set learner.${key}=${String(parentDoes)}.` },
  );
}

function normalizerOf({ meta, tensors }: PolicySnapshot): NormalizerState | null {
  const mean = [...tensors.get('normalizer.mean')!.data];
  const scale = [...tensors.get('normalizer.scale')!.data];
  if (mean.every((m) => m === 0) && scale.every((s) => s === 1)) return null;
  const count = Math.max(1, meta.step);
  return { count, mean, squares: scale.map((s) => s * s * count) };
}

/** SHA-256 of the parent's file: `meta.parent` of every policy trained from it. */
export function parentSha256(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex');
}

function policyMismatchError(tensor: string): SoftqdError {
  return new SoftqdError('E_POLICY_MISMATCH', `the parent policy has a different network architecture: ${tensor}`, {
    hint: "Use the parent's samplerLayers, criticLayers and criticCount.",
    values: { tensor },
  });
}
