import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';

const RETRY_FROM_MS = 100;
const RETRY_TO_MS = 2000;

export interface LookOptions<T> {
  readonly clock: Clock;
  readonly forMs: number;
  readonly connect: () => Promise<T>;
  /** Looking makes no sense any more. */
  readonly isOver: () => boolean;
}

/**
 * Tries to connect with a growing pause until it succeeds, another robot answers (looking longer does not help), or the time is over;
 * then the last error. null when `isOver`.
 */
export async function lookForBus<T>(
  why: SoftqdError,
  { clock, forMs, connect, isOver }: LookOptions<T>,
): Promise<{ readonly found: T } | { readonly error: SoftqdError } | null> {
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
      return { found: await connect() };
    } catch (thrown) {
      error = toSoftqdError(thrown);
      if (error.exitCode === 2 && error.code !== 'E_SERIAL_MISSING' && error.code !== 'E_SERIAL_BUSY') break;
    }
  }
  return isOver() ? null : { error };
}
