import type { Driver } from '../../driver/port.ts';
import type { Cancel, Clock } from '../../base/clock.ts';

export interface WaitForReadings {
  readonly clock: Clock;
  readonly drivers: readonly Pick<Driver, 'readings$'>[];
  readonly untilNs: number;
}

/** Calls `go` when every body has sent a reading, at `untilNs` at the latest; at once, inside this call, when there is no body. */
export function waitForReadings({ clock, drivers, untilNs }: WaitForReadings, callback: () => void): Cancel {
  if (drivers.length === 0) {
    callback();
    return () => undefined;
  }
  const open = new Set(drivers);
  const subscriptions = drivers.map((driver) =>
    driver.readings$.subscribe({
      next: ({ kind }) => {
        if (kind === 'fault') return;
        open.delete(driver);
        if (open.size === 0) finish();
      },
      // Errors of a body are the line's, which listens, too.
      error: () => undefined,
    }),
  );
  const cancelTimer = clock.setTimer(untilNs, () => finish());
  const cancel = (): void => {
    cancelTimer();
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
  const finish = (): void => {
    cancel();
    callback();
  };
  return cancel;
}
