import type { Cancel } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Request } from '../protocols/request.ts';
import type { TransactionResult } from './transaction.ts';

export interface TimeoutOptions {
  /** Wait for the whole of this time, also after a reply. */
  readonly fixedTimeoutNs?: number;
  /** Wait at most this long beyond wire time and return delays. */
  readonly maxMarginNs?: number | undefined;
  /** The servo writes its EEPROM before it replies: use the longest margin, and do not measure the reply time. */
  readonly writesEeprom?: boolean;
}

export interface QueuedTransaction {
  readonly request: Request;
  readonly timeout: TimeoutOptions;
  readonly resolve: (result: TransactionResult) => void;
  readonly reject: (error: SoftqdError) => void;
}

export interface ActiveTransaction extends QueuedTransaction {
  readonly sentNs: number;
  readonly deadlineNs: number;
  readonly result: TransactionResult;
  /** Without valid packets that are no reply to it. */
  receivedBytes: number;
  cancel: Cancel;
}

/** The result before any reply. */
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

/** No further reply can arrive: the last servo in order has replied, or as many bytes as expected have arrived. */
export function isComplete({ request: { expected, replyBytes }, result, receivedBytes }: ActiveTransaction): boolean {
  return result.replies.has(expected.at(-1)!.id) || receivedBytes >= replyBytes;
}
