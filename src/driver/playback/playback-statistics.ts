/** The first mismatch between playback and recording. */
export interface PlaybackMismatch {
  readonly tick: number;
  /** The compared value: action of the policy, command after the guard, an element of the transition, end of an episode. */
  readonly kind: 'action' | 'command' | 'transition' | 'episode';
  /** The joint, or the element of the transition. */
  readonly name: string;
  readonly recorded: number;
  readonly played: number;
}

/** Counters of a playback; they never decrease. */
export interface PlaybackStatistics {
  /** Commands compared. */
  ticks: number;
  /** Compared commands that are not bit-identical. */
  commandMismatches: number;
  firstMismatch: PlaybackMismatch | null;
}

export function newPlaybackCounts(): PlaybackStatistics {
  return { ticks: 0, commandMismatches: 0, firstMismatch: null };
}
