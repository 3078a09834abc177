import type { CommonOptions, Confirm } from '../../cli/index.ts';
import type { PlaybackRunResult, RealTimeRunResult, RunEvent } from '../../runs/index.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';

export interface RunOptions extends CommonOptions {
  readonly robot: string;
  readonly task: string;
  /** null: actions are uniformly random until the learner sends a policy. */
  readonly policyFile: string | null;
  readonly learn: boolean;
  /** On hardware: an untrained network may move the robot. */
  readonly explore: boolean;
  /** null: the embedded simulator. */
  readonly driverUrl: string | null;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  /** null: until interrupted. */
  readonly durationS: number | null;
  /** Asks the person at the terminal; null: there is none. */
  readonly confirm: Confirm | null;
  /** Lets keys of the terminal stop the run, until the returned function is called; null: there is no terminal. */
  readonly stopKeys: (stops: StopRequests) => (() => void) | null;
}

interface RunDone extends Omit<RealTimeRunResult, 'interrupted'> {
  readonly event: 'done';
  /** The run directory. */
  readonly run: string;
  /** The log directory. */
  readonly log: string;
}

interface PlaybackDone extends Omit<PlaybackRunResult, 'interrupted'> {
  readonly event: 'done';
  readonly skipped: 0;
}

export type RunCommandEvent = RunEvent | RunDone | PlaybackDone;
