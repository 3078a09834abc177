import type { Cancel } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Request } from './bus-protocol.ts';
import type { Outcome } from './transaction.ts';

export interface Waits {
  /** Wait for the whole of this time, whatever comes. */
  readonly patientNs?: number;
  /** At most so long beyond wire time and return delays. */
  readonly mostMarginNs?: number | undefined;
  /** The servo writes its EEPROM before it answers: wait as long as ever, and learn nothing from how long it took. */
  readonly slow?: boolean;
}

export interface Waiting {
  readonly request: Request;
  readonly waits: Waits;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: SoftqdError) => void;
}

export interface Flight extends Waiting {
  readonly sentNs: number;
  readonly deadlineNs: number;
  readonly outcome: Outcome;
  receivedBytes: number;
  cancel: Cancel;
}

/** Nothing has come yet. */
export function newOutcome(sentNs: number): Outcome {
  return { answers: new Map(), wrongLength: new Map(), foreign: [], damaged: 0, bytes: 0, arrivalNs: sentNs };
}

/** Everybody has answered, or who has not will not any more: the last in order has, or as many bytes came as were to come. */
export function isComplete({ request: { expected, replyBytes }, outcome, receivedBytes }: Flight): boolean {
  return outcome.answers.has(expected.at(-1)!.id) || receivedBytes >= replyBytes;
}
