import type { Observable, Subscription } from 'rxjs';
import { toSoftqdError, type SoftqdError } from '../base/errors.ts';

/** Subscribes; what `receive` throws goes to `onError` and does not end the stream. */
export function attach<T>(
  stream$: Observable<T>,
  receive: (value: T) => void,
  onError: (error: SoftqdError) => void,
): Subscription {
  return stream$.subscribe({
    next: (value) => {
      try {
        receive(value);
      } catch (thrown) {
        onError(toSoftqdError(thrown));
      }
    },
    // The caller of the loop handles an error of the stream.
    error: () => undefined,
  });
}
