import type { Observable } from 'rxjs';
import type { Transition } from '../robot/transition.ts';

export interface Cursor {
  readonly sessionUuid: string;
  /** The last sequence that is durable there; -1 = none. */
  readonly sequence: number;
}

/** Transitions out. Never blocks and never throws; dropped transitions are counted. */
export interface ExperienceSink {
  append(transition: Transition): void;
}

/** Reads transitions in order after a cursor: the log is the spool and the durable replay. */
export interface ExperienceSource {
  /** Undamaged transitions of the session after `afterSequence`, in sequence order; gaps show what is missing. */
  read(sessionUuid: string, afterSequence: number): AsyncIterable<Transition>;
}

/** After a transition in lock-step the pipeline waits for this. */
export interface StepDone {
  readonly sequence: number;
  /** Gradient steps made so far. */
  readonly updates: number;
  readonly policyVersion: number;
}

export interface PolicyBytes {
  readonly version: number;
  readonly sha256: string;
  /** A policy file (safetensors). */
  readonly bytes: Uint8Array;
}

/** Snapshots in. */
interface PolicyFeed {
  readonly snapshots$: Observable<PolicyBytes>;
}

/** Newest numbers of the learner: qLoss, alpha, entropy, updates, updatesPerS, ... (names and formulas in docs/learning.md). */
export type LearnerMetrics = Readonly<Record<string, number>>;

/** A message for the operator: an alert or the reason why the learner stopped. */
export interface LearnerAlert {
  readonly level: 'warning' | 'error';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The daemon's end of the learner link. All observables are hot and complete when the link is closed for good. */
export interface LearnerLink extends ExperienceSink, PolicyFeed {
  readonly stepDone$: Observable<StepDone>;
  readonly acknowledged$: Observable<Cursor>;
  readonly metrics$: Observable<LearnerMetrics>;
  readonly alerts$: Observable<LearnerAlert>;
  /** true while a learner is connected and has sent hello. */
  readonly connected$: Observable<boolean>;
  /** Description of the engine from the newest learner's hello; null before. */
  readonly engine: string | null;
  /** Requests a durable checkpoint after `sequence` with the daemon's part; resolves when it is durable. */
  checkpoint(sequence: number, daemonState: Uint8Array): Promise<void>;
  /** Orderly end: the learner saves its policy and disconnects. */
  close(): Promise<void>;
}
