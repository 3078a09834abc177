import type { Body } from '../../driver/port.ts';
import type { Cancel, Clock } from '../../base/clock.ts';

export interface WaitForReadings {
  readonly clock: Clock;
  readonly bodies: readonly Pick<Body, 'readings$'>[];
  readonly untilNs: number;
}

/** Calls `go` when every body has sent a reading, at `untilNs` at the latest; at once, inside this call, when there is no body. */
export function whenReadingsCame({ clock, bodies, untilNs }: WaitForReadings, go: () => void): Cancel {
  if (bodies.length === 0) {
    go();
    return () => undefined;
  }
  const open = new Set(bodies);
  const subscriptions = bodies.map((body) =>
    body.readings$.subscribe({
      next: () => {
        open.delete(body);
        if (open.size === 0) finish();
      },
      // Errors of a body are the line's, which listens, too.
      error: () => undefined,
    }),
  );
  const cancelTimer = clock.at(untilNs, () => finish());
  const cancel = (): void => {
    cancelTimer();
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
  const finish = (): void => {
    cancel();
    go();
  };
  return cancel;
}
