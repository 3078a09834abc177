import type { ErrorCode } from '../../base/error-codes.ts';
import { SoftqdError } from '../../base/errors.ts';

/** Attempts before a servo counts as failed; the first attempt is included. */
export interface RetryPolicy {
  /** Reads of one register of one servo. */
  readonly reads: number;
  /** Sync reads of several servos; only servos without a valid reply are requested again. */
  readonly groupReads: number;
  /** Writes of a register that does not read back its value. */
  readonly writes: number;
  readonly pings: number;
  /** Pings and reads of one register are repeated for this time at least: the machine, or the servo, may pause for it. ms. */
  readonly minMs: number;
}

/** With one byte in 100 corrupt, one request in four fails: ten consecutive failures are not random. */
export const DRIVING_RETRIES: RetryPolicy = { reads: 10, groupReads: 10, writes: 10, pings: 20, minMs: 250 };
/** The operator waits for the result and can run the command again. Up to three reads verify each of three writes. */
export const COMMISSIONING_RETRIES: RetryPolicy = { reads: 9, groupReads: 3, writes: 3, pings: 2, minMs: 0 };

/** Writes of a stop register, confirmed by the reply alone: a servo that does not reply must not delay the next one for long. */
export const STOP_ATTEMPTS = 3;

/** Losses that another attempt may not have. */
const RETRYABLE_CODES: readonly ErrorCode[] = [
  'E_SERVO_NO_REPLY',
  'E_SERVO_CHECKSUM',
  'E_SERVO_WRONG_ID',
  'E_SERVO_WRONG_LENGTH',
  'E_TIMEOUT',
];

export function isRetryable(error: unknown): error is SoftqdError {
  return error instanceof SoftqdError && RETRYABLE_CODES.includes(error.code);
}

/**
 * Repeats `request` after a lost or corrupt reply until it was made `attempts` times and `minMs` have passed. Rejects with the last error,
 * and at once with any other.
 */
export async function retry<T>(request: () => Promise<T>, attempts: number, minMs = 0): Promise<T> {
  const untilMs = performance.now() + minMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if ((attempt >= attempts && performance.now() >= untilMs) || !isRetryable(error)) throw error;
    }
  }
}
