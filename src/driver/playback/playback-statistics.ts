/** Where playing and recording part for the first time. */
export interface PlaybackDifference {
  readonly tick: number;
  /** What is compared: what the policy proposed, the command behind the guard, an element of the transition, the end of an episode. */
  readonly part: 'action' | 'command' | 'transition' | 'episode';
  /** The joint, or the element of the transition. */
  readonly name: string;
  readonly recorded: number;
  readonly played: number;
}

/** What a playback counts; every number only grows. */
export interface PlaybackCounts {
  /** Commands compared. */
  ticks: number;
  /** Of them those that differ in a bit. */
  differing: number;
  firstDifference: PlaybackDifference | null;
}

export function newPlaybackCounts(): PlaybackCounts {
  return { ticks: 0, differing: 0, firstDifference: null };
}
