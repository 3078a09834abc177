import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2000;

export interface ReconnectOptions<T> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly connect: () => Promise<T>;
  /** true after the driver was closed: attempts end. */
  readonly isClosed: () => boolean;
  /** Closes a connection that was opened after the driver was closed. */
  readonly discard: (connection: T) => Promise<unknown>;
}

/**
 * Connects again after a loss; the delay between attempts doubles from 100 ms to 2 s. Resolves with null when the driver was closed
 * meanwhile. Throws the last error (`cause` before any attempt) at the timeout, or at once when a retry cannot help: a usage error, such as
 * another robot at this address. E_SERIAL_NOT_FOUND and E_SERIAL_BUSY are retried.
 */
export async function reconnectWithBackoff<T>(
  cause: SoftqdError,
  { clock, timeoutMs, connect, isClosed, discard }: ReconnectOptions<T>,
): Promise<T | null> {
  const deadlineNs = clock.nowNs() + timeoutMs * NS_PER_MS;
  let error = cause;
  for (
    let delayMs = MIN_BACKOFF_MS;
    clock.nowNs() + delayMs * NS_PER_MS <= deadlineNs;
    delayMs = Math.min(MAX_BACKOFF_MS, 2 * delayMs)
  ) {
    await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + delayMs * NS_PER_MS, resolve));
    if (isClosed()) return null;
    try {
      const connection = await connect();
      if (!isClosed()) return connection;
      await discard(connection);
      return null;
    } catch (thrown) {
      error = toSoftqdError(thrown);
      if (error.exitCode === 2 && error.code !== 'E_SERIAL_NOT_FOUND' && error.code !== 'E_SERIAL_BUSY') break;
    }
  }
  if (isClosed()) return null;
  throw error;
}
