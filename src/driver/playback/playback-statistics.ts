/** Where playing and recording part for the first time. */
export interface PlaybackMismatch {
  readonly tick: number;
  /** What is compared: what the policy proposed, the command behind the guard, an element of the transition, the end of an episode. */
  readonly kind: 'action' | 'command' | 'transition' | 'episode';
  /** The joint, or the element of the transition. */
  readonly name: string;
  readonly recorded: number;
  readonly played: number;
}

/** What a playback counts; every number only grows. */
export interface PlaybackStatistics {
  /** Commands compared. */
  ticks: number;
  /** Of them those that differ in a bit. */
  commandMismatches: number;
  firstMismatch: PlaybackMismatch | null;
}

export function newPlaybackCounts(): PlaybackStatistics {
  return { ticks: 0, commandMismatches: 0, firstMismatch: null };
}
