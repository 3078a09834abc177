import type { Cancel } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Request } from './bus-protocol.ts';
import type { TransactionResult } from './transaction.ts';

export interface TimeoutOptions {
  /** Wait for the whole of this time, whatever comes. */
  readonly fixedTimeoutNs?: number;
  /** At most so long beyond wire time and return delays. */
  readonly maxMarginNs?: number | undefined;
  /** The servo writes its EEPROM before it answers: wait as long as ever, and learn nothing from how long it took. */
  readonly writesEeprom?: boolean;
}

export interface QueuedTransaction {
  readonly request: Request;
  readonly waits: TimeoutOptions;
  readonly resolve: (outcome: TransactionResult) => void;
  readonly reject: (error: SoftqdError) => void;
}

export interface ActiveTransaction extends QueuedTransaction {
  readonly sentNs: number;
  readonly deadlineNs: number;
  readonly outcome: TransactionResult;
  receivedBytes: number;
  cancel: Cancel;
}

/** Nothing has come yet. */
export function emptyResult(sentNs: number): TransactionResult {
  return {
    replies: new Map(),
    wrongLength: new Map(),
    unexpectedIds: [],
    corruptPackets: 0,
    bytes: 0,
    arrivalNs: sentNs,
  };
}

/** Everybody has answered, or who has not will not any more: the last in order has, or as many bytes came as were to come. */
export function isComplete({ request: { expected, replyBytes }, outcome, receivedBytes }: ActiveTransaction): boolean {
  return outcome.replies.has(expected.at(-1)!.id) || receivedBytes >= replyBytes;
}
