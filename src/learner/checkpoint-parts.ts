import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { EngineState } from '../engine/port.ts';
import type { LearnerMetrics, PolicyBytes } from '../experience/port.ts';
import { decodeSafetensors, encodeSafetensors } from '../policy/index.ts';
import type { Checkpoint } from './checkpoint/index.ts';
import type { SequenceRange } from './ingested-ranges.ts';
import type { PriorLogContent } from './prior-logs.ts';
import type { TrainerState } from './trainer-state.ts';

/** The numbers of a learner that are not tensors. */
export interface LearnerState {
  readonly trainer: TrainerState;
  readonly engineUpdates: Pick<EngineState, 'updates' | 'samplerUpdates'>;
  readonly segments: readonly SequenceRange[];
  /** The logs of other runs that are learned from, in the order of the configuration. */
  readonly prior: readonly PriorLogContent[];
  readonly rejected: number;
  readonly oldestEpisodeSequence: number | null;
  readonly version: number;
  readonly lastMetrics: LearnerMetrics;
  /** The definition of the run, to report mismatches. */
  readonly definition: RunIdentity['definition'];
}

/** A run as the daemon defines it (run.json). Equal `sha256`, same run. */
export interface RunIdentity {
  readonly sha256: string;
  /** All inputs that determine the run, as JSON by name. */
  readonly definition: Readonly<Record<string, string>>;
}

export interface CheckpointParts {
  readonly state: LearnerState;
  readonly engine: EngineState;
  /** The snapshot in use; null before the first. */
  readonly published: PolicyBytes | null;
}

export function encodeParts(parts: CheckpointParts, daemonState: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const { state, engine, published } = parts;
  return new Map([
    ['engine.safetensors', encodeSafetensors({ metadata: new Map(), tensors: engine.tensors })],
    ['learner.json', new TextEncoder().encode(JSON.stringify(state))],
    ['daemon', daemonState],
    ...(published === null ? [] : [['policy.safetensors', published.bytes] as const]),
  ]);
}

/** Throws E_CHECKPOINT when a part is missing or unreadable, or when the checkpoint belongs to another run, naming the mismatch. */
export function decodeParts({ manifest, parts }: Checkpoint, run: RunIdentity): CheckpointParts {
  const state = parse(part(parts, 'learner.json'));
  if (manifest.runSha256 !== run.sha256) {
    const differs = difference(state.definition, run.definition) ?? 'the run has a different identity';
    throw new SoftqdError('E_CHECKPOINT', `the checkpoint was written with a different configuration: ${differs}`, {
      hint: 'Use the original configuration, or start a new run without --resume.',
    });
  }
  const policy = parts.get('policy.safetensors');
  return {
    state,
    engine: { tensors: tensorsOf(part(parts, 'engine.safetensors')), ...state.engineUpdates },
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

function difference(then: RunIdentity['definition'], now: RunIdentity['definition']): string | null {
  for (const key of new Set([...Object.keys(then), ...Object.keys(now)])) {
    if (then[key] !== now[key]) return `${key} was ${shortened(then[key])}, is now ${shortened(now[key])}`;
  }
  return null;
}

function shortened(text = 'not set'): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
