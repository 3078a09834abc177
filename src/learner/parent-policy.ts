import { createHash } from 'node:crypto';
import type { EngineState } from '../engine/port.ts';
import {
  decodePolicy,
  type NormalizerState,
  policyShapes,
  type PolicySnapshot,
  sameShape,
  type Tensor,
} from '../policy/index.ts';
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

type ParentSettings = Pick<LearnerConfig, 'normalizeObservations' | 'normalizeRewards' | 'algorithm'>;

/**
 * Throws E_POLICY_FILE / E_POLICY_NON_FINITE (the file) and E_POLICY_MISMATCH unless a learner with this configuration can train from the
 * policy: the same networks and the same normalization.
 */
export function checkParentPolicy(bytes: Uint8Array, config: ParentSettings): void {
  checkParent(decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES }), config);
}

/**
 * The state to fine-tune from: the parent's sampler, critics and alpha instead of new ones, targets equal to them, Adam's
 * moments fresh. Throws like `checkParentPolicy`.
 */
export function stateFromParent(bytes: Uint8Array, fresh: EngineState, config: ParentSettings): ParentState {
  const parent = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const { normalizer, rewards } = checkParent(parent, config);
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of fresh.tensors) {
    const source = parent.tensors.get(name.startsWith('target_') ? name.slice('target_'.length) : name);
    tensors.set(name, source === undefined ? tensor : { shape: source.shape, data: source.data.slice() });
  }
  return { engine: { tensors, updates: 0, samplerUpdates: 0 }, normalizer, rewards };
}

function checkParent(parent: PolicySnapshot, config: ParentSettings): Omit<ParentState, 'engine'> {
  const { meta } = parent;
  const { samplerLayers, criticLayers, criticCount, latentSize, latentSkip } = config.algorithm;
  const networks = { samplerLayers, criticLayers, criticCount, latentSize: latentSize ?? meta.actionNames.length };
  for (const [name, shape] of policyShapes({ ...meta, ...networks })) {
    const source = parent.tensors.get(name);
    if (source === undefined || !sameShape(source.shape, shape)) throw architectureError(name);
  }
  if (meta.latentSkip !== latentSkip) throw architectureError(`latentSkip ${meta.latentSkip}, not ${latentSkip}`);
  const normalizer = normalizerOf(parent);
  const rewards = rewardStatisticsFrom(meta.algorithm['rewardNormalizer']);
  checkSameNormalization('normalizeObservations', normalizer !== null, config);
  checkSameNormalization('normalizeRewards', rewards !== null, config);
  return { normalizer, rewards };
}

function checkSameNormalization(
  key: 'normalizeObservations' | 'normalizeRewards',
  parentDoes: boolean,
  config: ParentSettings,
): void {
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

function architectureError(what: string): SoftqdError {
  return new SoftqdError('E_POLICY_MISMATCH', `the parent policy has a different network architecture: ${what}`, {
    hint: "Use the parent's samplerLayers, criticLayers, criticCount, latentSize and latentSkip.",
    values: { what },
  });
}
