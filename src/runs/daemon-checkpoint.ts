import { SoftqdError } from '../base/errors.ts';
import type { RandomState } from '../base/random.ts';
import type { EpisodeState } from '../control/index.ts';
import type { PolicyBytes } from '../experience/port.ts';
import type { ActingState } from '../policy/index.ts';
import type { ResetState } from '../robot/reading.ts';

/** The daemon's part of a checkpoint: everything of the run that the learner does not have. */
export interface DaemonCheckpoint {
  readonly format: 1;
  readonly stepsDone: number;
  readonly nextSequence: number;
  readonly nextEpisode: number;
  readonly timeNs: number;
  readonly initialStateRng: RandomState;
  /** null after a lost simulator: new episodes begin. */
  readonly instances: readonly SavedInstance[] | null;
  readonly activePolicy: SavedPolicy | null;
  readonly solvedAtStep: number | null;
}

interface SavedPolicy {
  readonly version: number;
  readonly sha256: string;
  readonly base64: string;
}

interface SavedInitialState {
  readonly qpos: readonly number[];
  readonly qvel: readonly number[];
  readonly memory: readonly number[] | null;
  readonly seed: number;
}

export interface SavedInstance {
  readonly state: EpisodeState;
  /** null: the simulator saves no state; the episode is repeated from `initialState`. */
  readonly worldBase64: string | null;
  /** null where the world is saved. */
  readonly initialState: SavedInitialState | null;
  readonly policyNoise: ActingState;
  readonly episodeReturn: number;
}

export function saveActivePolicy(active: PolicyBytes | null): SavedPolicy | null {
  if (active === null) return null;
  const { version, sha256, bytes } = active;
  return { version, sha256, base64: Buffer.from(bytes).toString('base64') };
}

export function restoreActivePolicy({ version, sha256, base64 }: SavedPolicy): PolicyBytes {
  return { version, sha256, bytes: Buffer.from(base64, 'base64') };
}

export function saveInitialState({ qpos, qvel, memory, seed = 0 }: ResetState): SavedInitialState {
  return { qpos: [...qpos], qvel: [...qvel], memory: memory === undefined ? null : [...memory], seed };
}

export function restoreInitialState({ qpos, qvel, memory, seed }: SavedInitialState): ResetState {
  return {
    qpos: Float64Array.from(qpos),
    qvel: Float64Array.from(qvel),
    ...(memory === null ? {} : { memory: Float64Array.from(memory) }),
    seed,
  };
}

export function encodeDaemonCheckpoint(part: DaemonCheckpoint): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(part));
}

/** Throws E_CHECKPOINT for bytes of another format. */
export function decodeDaemonCheckpoint(bytes: Uint8Array): DaemonCheckpoint {
  try {
    const part = JSON.parse(new TextDecoder().decode(bytes)) as DaemonCheckpoint;
    if ((part.format as number) === 1) return part;
  } catch (cause) {
    throw new SoftqdError('E_CHECKPOINT', 'checkpoint: daemon state is corrupt', { cause });
  }
  throw new SoftqdError('E_CHECKPOINT', 'checkpoint: daemon state was written by a different softqd version');
}
