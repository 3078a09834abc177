import type { ErrorCode } from '../../base/error-codes.ts';
import { SoftqdError } from '../../base/errors.ts';

/** Losses that pass: the bytes of one answer. */
const RETRYABLE_CODES: readonly ErrorCode[] = [
  'E_SERVO_NO_REPLY',
  'E_SERVO_CHECKSUM',
  'E_SERVO_WRONG_ID',
  'E_SERVO_WRONG_LENGTH',
  'E_TIMEOUT',
];
/** With one byte in a hundred damaged one request in four fails: ten in a row are no chance any more. */
export const MAX_ATTEMPTS = 10;

export function isRetryable(error: unknown): error is SoftqdError {
  return error instanceof SoftqdError && RETRYABLE_CODES.includes(error.code);
}

/** Asks again after a loss on the wire, ten times in all; then, and for anything else at once, rejects with the last error. */
export async function retry<T>(ask: () => Promise<T>): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await ask();
    } catch (error) {
      if (i >= MAX_ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}
