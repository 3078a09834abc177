import { createHash } from 'node:crypto';
import type { EngineState } from '../engine/port.ts';
import { decodePolicy, type NormaliserState, type PolicySnapshot, type Tensor } from '../policy/index.ts';
import { SoftqdError } from '../base/errors.ts';

const MAX_POLICY_BYTES = 64 * 1024 * 1024;

export interface ParentState {
  readonly engine: EngineState;
  /** The parent's mean and spread, weighing as much as its steps; null when it does not normalise. */
  readonly normaliser: NormaliserState | null;
}

/**
 * The state to fine-tune from: the parent's sampler, critics and temperature in place of fresh ones, targets equal to them, Adam's
 * moments fresh. Throws E_POLICY_FILE / E_POLICY_NON_FINITE (the file), E_POLICY_FOREIGN (another architecture or normalisation).
 */
export function stateFromParent(bytes: Uint8Array, fresh: EngineState, normaliseObservations: boolean): ParentState {
  const parent = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of fresh.tensors) {
    const source = parent.tensors.get(name.startsWith('target_') ? name.slice('target_'.length) : name);
    if (source === undefined && !name.startsWith('adam.')) throw foreign(name);
    if (source !== undefined && source.shape.join() !== tensor.shape.join()) throw foreign(name);
    tensors.set(name, source === undefined ? tensor : { shape: source.shape, data: source.data.slice() });
  }
  const normaliser = normaliserOf(parent);
  if ((normaliser !== null) !== normaliseObservations) {
    const does = normaliser === null ? 'does not normalise' : 'normalises';
    throw new SoftqdError(
      'E_POLICY_FOREIGN',
      `the parent policy ${does} observations, this learner is configured otherwise`,
      {
        hint: `Pass --set learner.normaliseObservations=${String(normaliser !== null)}.`,
      },
    );
  }
  return { engine: { tensors, updates: 0 }, normaliser };
}

function normaliserOf({ meta, tensors }: PolicySnapshot): NormaliserState | null {
  const mean = [...tensors.get('normaliser.mean')!.data];
  const scale = [...tensors.get('normaliser.scale')!.data];
  if (mean.every((m) => m === 0) && scale.every((s) => s === 1)) return null;
  const count = Math.max(1, meta.step);
  return { count, mean, squares: scale.map((s) => s * s * count) };
}

/** SHA-256 of the parent's file: `meta.parent` of every policy that comes from it. */
export function parentSha256(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex');
}

function foreign(tensor: string): SoftqdError {
  return new SoftqdError(
    'E_POLICY_FOREIGN',
    `the parent policy has another architecture than this learner: ${tensor}`,
    {
      hint: "Use the parent's hiddenUnits, criticCount and criticLayerNorm.",
      values: { tensor },
    },
  );
}
