import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';

const RETRY_FROM_MS = 100;
const RETRY_TO_MS = 2000;

export interface LookAgainOptions<T> {
  readonly clock: Clock;
  readonly forMs: number;
  readonly connect: () => Promise<T>;
  /** Looking makes no sense any more: the body was closed. */
  readonly isOver: () => boolean;
  /** Closes what was found too late. */
  readonly discard: (found: T) => Promise<unknown>;
}

/**
 * Tries to connect to a robot that went away, with a growing pause. null when it is over. Throws the last error, `why` when there was
 * none, when another robot answers (looking longer does not help) or the time is over.
 */
export async function lookAgain<T>(
  why: SoftqdError,
  { clock, forMs, connect, isOver, discard }: LookAgainOptions<T>,
): Promise<T | null> {
  const deadlineNs = clock.nowNs() + forMs * NS_PER_MS;
  let error = why;
  for (
    let pauseMs = RETRY_FROM_MS;
    clock.nowNs() + pauseMs * NS_PER_MS <= deadlineNs;
    pauseMs = Math.min(RETRY_TO_MS, 2 * pauseMs)
  ) {
    await new Promise<void>((resolve) => clock.at(clock.nowNs() + pauseMs * NS_PER_MS, resolve));
    if (isOver()) return null;
    try {
      const found = await connect();
      if (!isOver()) return found;
      await discard(found);
      return null;
    } catch (thrown) {
      error = toSoftqdError(thrown);
      // A port that is not there yet, or that somebody has open for a moment, may still come.
      if (error.exitCode === 2 && error.code !== 'E_SERIAL_MISSING' && error.code !== 'E_SERIAL_BUSY') break;
    }
  }
  if (isOver()) return null;
  throw error;
}
