import type { LatenessSummary } from '../control/index.ts';
import type { JointHealth } from '../robot/reading.ts';
import type { JointStopResult } from '../robot/stop-plan.ts';

/** The first event of `run` and `pretrain`. */
interface StartedEvent {
  readonly event: 'started';
  /** The run directory. */
  readonly run: string;
  /** null: the run has no learner process. */
  readonly learnerPid: number | null;
  /** The step at which a resumed run continues; absent: it begins. */
  readonly resumedFromStep?: number;
}

/** A simulator accepts connections. */
export interface ListeningEvent {
  readonly event: 'listening';
  readonly url: string;
  readonly mode: 'lock-step' | 'real-time';
  readonly robot: string;
  readonly controlPeriodS: number;
}

/** Progress of learning, about twice a second. Numbers that are not known yet are null. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly step: number;
  readonly stepsTotal?: number;
  readonly episode: number;
  /** Of the latest finished episode. */
  readonly return: number | null;
  readonly updates: number;
  readonly stepsPerS: number;
  readonly updatesPerS: number;
  readonly alpha: number | null;
  readonly entropy: number | null;
  readonly qLoss: number | null;
  readonly latenessP99Us?: number | null;
  /** Share of successes among the last 100 episodes, 0 to 1; null: not known yet, or a task without success. */
  readonly successRate?: number | null;
  /** Estimated seconds until the last step; null: not known yet. */
  readonly remainingS?: number | null;
}

/** The result of evaluating the policy in one mode. */
interface EvaluationEvent {
  readonly event: 'evaluation';
  readonly step: number;
  readonly mode: 'sample' | 'zero' | 'best';
  readonly mean: number;
  readonly std: number;
  readonly episodes: number;
  /** Episodes that succeeded; null: a task without success. */
  readonly successes?: number | null;
}

/** The task was solved for the first time. */
interface SolvedEvent {
  readonly event: 'solved';
  readonly step: number;
  readonly wallS: number;
}

/** The state of a run in real time, once a second. */
export interface StatusEvent {
  readonly event: 'status';
  /** The state of the guard, or `parking`. */
  readonly state: string;
  readonly ticks: number;
  readonly skipped: number;
  readonly rateHz: number;
  readonly episode: number;
  /** Of the latest finished episode. */
  readonly return: number | null;
  readonly policyVersion: number;
  readonly latenessUs: LatenessSummary;
  readonly updates: number;
  readonly transitions: number;
  /** The motors whose condition the driver reports; null: not known. */
  readonly servos: readonly ({ readonly joint: string } & JointHealth)[];
}

/** Joint positions and velocities, at most 10 times a second: for drawings only, never printed as JSON. */
export interface JointsEvent {
  readonly event: 'joints';
  readonly positions: readonly number[];
  readonly velocities?: readonly number[];
}

/** A run of several phases enters one. */
interface PhaseEvent {
  readonly event: 'phase';
  readonly phase: 'learning' | 'balancing';
  readonly text: string;
  /** The return at which the task counts as solved. */
  readonly solvedReturn?: number;
}

/** A robot was stopped. */
export interface StoppedEvent {
  readonly event: 'stopped';
  readonly robot: string;
  /** Every joint confirmed its stop mode. */
  readonly confirmed: boolean;
  /** Whether the robot is in its rest pose; null: it was not to go there. */
  readonly parked: boolean | null;
  /** The fault that stopped it; null: a request, or the end of the run. */
  readonly reason: string | null;
  readonly joints: readonly JointStopResult[];
  /** What the joints do now, one line for each state. */
  readonly text: readonly string[];
}

/** What every kind of run reports. A command adds its own `done` event. */
export type RunEvent =
  | StartedEvent
  | ListeningEvent
  | ProgressEvent
  | EvaluationEvent
  | SolvedEvent
  | StatusEvent
  | JointsEvent
  | PhaseEvent
  | StoppedEvent;
