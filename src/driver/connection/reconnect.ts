import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2000;

export interface ReconnectOptions<T> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly connect: () => Promise<T>;
  /** Looking makes no sense any more: the body was closed. */
  readonly isClosed: () => boolean;
  /** Closes what was found too late. */
  readonly discard: (found: T) => Promise<unknown>;
}

/**
 * Tries to connect to a robot that went away, with a growing pause. null when it is over. Throws the last error, `why` when there was
 * none, when another robot answers (looking longer does not help) or the time is over.
 */
export async function reconnectWithBackoff<T>(
  why: SoftqdError,
  { clock, timeoutMs, connect, isClosed, discard }: ReconnectOptions<T>,
): Promise<T | null> {
  const deadlineNs = clock.nowNs() + timeoutMs * NS_PER_MS;
  let error = why;
  for (
    let pauseMs = MIN_BACKOFF_MS;
    clock.nowNs() + pauseMs * NS_PER_MS <= deadlineNs;
    pauseMs = Math.min(MAX_BACKOFF_MS, 2 * pauseMs)
  ) {
    await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + pauseMs * NS_PER_MS, resolve));
    if (isClosed()) return null;
    try {
      const found = await connect();
      if (!isClosed()) return found;
      await discard(found);
      return null;
    } catch (thrown) {
      error = toSoftqdError(thrown);
      // A port that is not there yet, or that somebody has open for a moment, may still come.
      if (error.exitCode === 2 && error.code !== 'E_SERIAL_NOT_FOUND' && error.code !== 'E_SERIAL_BUSY') break;
    }
  }
  if (isClosed()) return null;
  throw error;
}
