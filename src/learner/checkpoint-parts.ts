import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { EngineState } from '../engine/port.ts';
import type { LearnerMetrics, PolicyBytes } from '../experience/port.ts';
import { decodeSafetensors, encodeSafetensors } from '../policy/index.ts';
import type { Checkpoint } from './checkpoint/index.ts';
import type { SequenceRange } from './ingested-ranges.ts';
import type { TrainerState } from './trainer-state.ts';

/** The numbers of a learner that are not tensors. */
export interface LearnerState {
  readonly trainer: TrainerState;
  readonly engineUpdates: number;
  readonly segments: readonly SequenceRange[];
  readonly rejected: number;
  readonly oldestEpisodeSequence: number | null;
  readonly version: number;
  readonly lastMetrics: LearnerMetrics;
  /** What the run is a function of, to say what differs. */
  readonly identity: Readonly<Record<string, unknown>>;
}

export interface LearnerOptions {
  readonly state: LearnerState;
  readonly engine: EngineState;
  /** The snapshot that drives; null before the first. */
  readonly published: PolicyBytes | null;
}

/** One number for everything the run is a function of. */
export function identityHash(identity: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(identity).sort();
  return sha256Hex(JSON.stringify(keys.map((key) => [key, identity[key]])));
}

export function encodeParts(parts: LearnerOptions, daemonState: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const { state, engine, published } = parts;
  return new Map([
    ['engine.safetensors', encodeSafetensors({ metadata: new Map(), tensors: engine.tensors })],
    ['learner.json', new TextEncoder().encode(JSON.stringify(state))],
    ['daemon', daemonState],
    ...(published === null ? [] : [['policy.safetensors', published.bytes] as const]),
  ]);
}

/** Throws E_CHECKPOINT: a part is missing or unreadable, or the checkpoint belongs to another configuration (naming what differs). */
export function decodeParts({ parts }: Checkpoint, identity: Readonly<Record<string, unknown>>): LearnerOptions {
  const state = parse(part(parts, 'learner.json'));
  const differs = difference(state.identity, identity);
  if (differs !== null) {
    throw new SoftqdError('E_CHECKPOINT', `the checkpoint was written with a different configuration: ${differs}`, {
      hint: 'Use the original configuration, or start a new run without --resume.',
    });
  }
  const policy = parts.get('policy.safetensors');
  return {
    state,
    engine: { tensors: tensorsOf(part(parts, 'engine.safetensors')), updates: state.engineUpdates },
    published: policy === undefined ? null : { version: state.version, sha256: '', bytes: policy },
  };
}

function part(parts: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = parts.get(name);
  if (bytes === undefined) throw new SoftqdError('E_CHECKPOINT', `the checkpoint has no part ${name}`);
  return bytes;
}

function parse(bytes: Uint8Array): LearnerState {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as LearnerState;
  } catch (cause) {
    throw new SoftqdError('E_CHECKPOINT', 'part learner.json of the checkpoint is not JSON', { cause });
  }
}

function tensorsOf(bytes: Uint8Array): EngineState['tensors'] {
  try {
    return decodeSafetensors(bytes).tensors;
  } catch (cause) {
    throw new SoftqdError(
      'E_CHECKPOINT',
      `part engine.safetensors of the checkpoint: ${toSoftqdError(cause).message}`,
      { cause },
    );
  }
}

function difference(then: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): string | null {
  for (const key of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const [a, b] = [JSON.stringify(then[key]), JSON.stringify(now[key])];
    if (a !== b) return `${key} was ${a}, now ${b}`;
  }
  return null;
}
