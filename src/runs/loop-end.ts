import { Subscription, type Observable } from 'rxjs';
import { toSoftqdError } from '../base/errors.ts';

/** Subscribes to a loop. Resolves when it completes; rejects with its error or with that of `failure$`, and unsubscribes. */
export function loopEnd(applied$: Observable<unknown>, failure$: Observable<never>): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscriptions = new Subscription();
    const end = (finish: () => void): void => {
      subscriptions.unsubscribe();
      finish();
    };
    const fail = (error: unknown): void => end(() => reject(toSoftqdError(error)));
    subscriptions.add(failure$.subscribe({ error: fail }));
    subscriptions.add(applied$.subscribe({ complete: () => end(resolve), error: fail }));
  });
}
