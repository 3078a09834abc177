import type { Driver } from '../../driver/port.ts';
import type { Cancel, Clock } from '../../base/clock.ts';
import { validReadingsOf } from '../driver-events.ts';

export interface WaitForReadings {
  readonly clock: Clock;
  readonly drivers: readonly Pick<Driver, 'readings$'>[];
  readonly untilNs: number;
}

/** Calls `callback` when every driver has sent a reading, at `untilNs` at the latest; inside this call when there are no drivers. */
export function waitForReadings({ clock, drivers, untilNs }: WaitForReadings, callback: () => void): Cancel {
  if (drivers.length === 0) {
    callback();
    return () => undefined;
  }
  const open = new Set(drivers);
  const subscriptions = drivers.map((driver) =>
    validReadingsOf(driver).subscribe({
      next: () => {
        open.delete(driver);
        if (open.size === 0) finish();
      },
      // The control loop subscribes to the same readings and ends with their error.
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
