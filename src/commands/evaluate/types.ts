import type { CommonOptions } from '../../cli/index.ts';

export interface EvaluateOptions extends CommonOptions {
  readonly policyFile: string;
  readonly initialStates: { readonly episodes: number; readonly seed: number } | { readonly file: string };
  readonly mode: 'sample' | 'zero' | 'best';
  /** null: the robot and task of the policy. */
  readonly robot: string | null;
  readonly task: string | null;
}

/** The state in which an episode started. */
interface EpisodeStart {
  readonly qpos: readonly number[];
  readonly qvel: readonly number[];
  readonly memory?: readonly number[];
}

export interface EvaluateResult {
  readonly policySha256: string;
  readonly robot: string;
  readonly task: string;
  readonly mode: EvaluateOptions['mode'];
  readonly seed: number;
  readonly episodes: number;
  /** Episodes that succeeded; null: a task without success. */
  readonly successes: number | null;
  /** `successes` divided by `episodes`, 0 to 1; null: a task without success. */
  readonly successRate: number | null;
  /** Where the initial states are from; null: they were drawn with `seed`. */
  readonly initialStatesFile: string | null;
  /** Undiscounted return of each episode. */
  readonly returns: readonly number[];
  /** Steps of each episode. */
  readonly lengths: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Episodes that ended in a terminal state. */
  readonly terminated: number;
  /** Episodes that ended at the time limit. */
  readonly truncated: number;
  /** How often the guard clipped a command, by reason. */
  readonly clips: Readonly<Record<string, number>>;
  /** Episodes by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly starts: readonly EpisodeStart[];
}
