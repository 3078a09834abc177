/** One step of experience; actions are in [-1, 1]^d, observations as the task computed them. */
export interface Transition {
  readonly sessionUuid: string;
  /** Counts from 0 within the session without a gap. */
  readonly sequence: number;
  readonly episode: number;
  readonly step: number;
  readonly observation: Float32Array;
  readonly proposedAction: Float32Array;
  /** The applied command, mapped back to an action; learning uses this one. */
  readonly appliedAction: Float32Array;
  /** Distinct reason codes of the guard (robot/reasons.ts), ascending; empty when the command was not altered. */
  readonly reasonCodes: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** The true next observation, also at the end of an episode. */
  readonly nextObservation: Float32Array;
  readonly policyVersion: number;
  /** Monotonic (lock-step: simulated) time of the action. */
  readonly monotonicTimeNs: number;
}
