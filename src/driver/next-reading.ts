import { firstValueFrom, throwIfEmpty, type Observable } from 'rxjs';
import { SoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';
import { throwOnFault, type DriverEvent } from './driver-event.ts';

function canceled(): SoftqdError {
  return new SoftqdError('E_TIMEOUT', 'reset canceled');
}

/** Throws E_TIMEOUT after an abort. */
export function throwIfResetAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw canceled();
}

/** Rejects with E_TIMEOUT as soon as `signal` aborts; the operation continues and its result is dropped. */
export function abortable<T>(operation: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return operation;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(canceled());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    operation.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Starts an episode on hardware: with the next reading. Rejects with the error of a fault or of readings$, with `closed` when it
 * completes, with E_TIMEOUT when `signal` aborts.
 */
export function nextReading(
  readings$: Observable<DriverEvent>,
  closed: () => SoftqdError,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  return abortable(firstValueFrom(readings$.pipe(throwOnFault(), throwIfEmpty(closed))), signal);
}
