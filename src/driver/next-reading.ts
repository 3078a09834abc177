import { firstValueFrom, throwIfEmpty, type Observable } from 'rxjs';
import { SoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';
import { throwOnFault, type DriverEvent } from './driver-event.ts';

function canceled(): SoftqdError {
  return new SoftqdError('E_TIMEOUT', 'reset canceled');
}

/** Throws E_TIMEOUT when nobody wants the episode any more. */
export function throwIfResetAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw canceled();
}

/** What was asked goes on and its answer is dropped; rejects with E_TIMEOUT as soon as `signal` aborts. */
export function abortable<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(canceled());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * How an episode begins on hardware, which nobody puts anywhere: with the next reading. Rejects with the error of readings$, with
 * `closed` where it completes, with E_TIMEOUT when `signal` aborts.
 */
export function nextReading(
  readings$: Observable<DriverEvent>,
  closed: () => SoftqdError,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  return abortable(firstValueFrom(readings$.pipe(throwOnFault(), throwIfEmpty(closed))), signal);
}
