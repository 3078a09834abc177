import { SoftqdError } from '../base/errors.ts';
import type { RandomState } from '../base/random.ts';
import type { LaneState } from '../control/index.ts';

/** What the daemon adds to a checkpoint: everything of the run that the learner does not know. */
export interface DaemonPart {
  readonly format: 1;
  readonly stepsDone: number;
  readonly nextSequence: number;
  readonly nextEpisode: number;
  readonly timeNs: number;
  readonly startRandom: RandomState;
  /** null after a lost simulator: new episodes begin. */
  readonly lanes: readonly SavedLane[] | null;
  readonly drivingPolicy: { readonly version: number; readonly sha256: string; readonly base64: string } | null;
  readonly solvedAtStep: number | null;
}

export interface SavedLane {
  readonly state: LaneState;
  readonly worldBase64: string;
  readonly policyNoise: unknown;
  readonly episodeReturn: number;
}

export function encodeDaemonPart(part: DaemonPart): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(part));
}

/** Throws E_CHECKPOINT for bytes of another format. */
export function decodeDaemonPart(bytes: Uint8Array): DaemonPart {
  try {
    const part = JSON.parse(new TextDecoder().decode(bytes)) as DaemonPart;
    if ((part.format as number) === 1) return part;
  } catch (cause) {
    throw new SoftqdError('E_CHECKPOINT', "the daemon's part of the checkpoint is damaged", { cause });
  }
  throw new SoftqdError('E_CHECKPOINT', "the daemon's part of the checkpoint is of another version of softqd");
}
