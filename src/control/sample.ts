import { Observable, type OperatorFunction } from 'rxjs';
import type { Driver } from '../driver/port.ts';
import type { Reading } from '../robot/reading.ts';
import { readingsOf } from './driver-events.ts';
import type { Tick } from './ticks/tick.ts';

/** A tick and the newest reading of each robot since the tick before; null: none has arrived. */
export interface Sample {
  readonly tick: Tick;
  readonly readings: readonly (Reading | null)[];
}

/** Pairs every tick with the latest reading of each driver; older ones are dropped. Errors with a fault or the loss of a driver. */
export function sample(drivers: readonly Pick<Driver, 'readings$'>[]): OperatorFunction<Tick, Sample> {
  return (ticks$) =>
    new Observable((subscriber) => {
      let latest: (Reading | null)[] = drivers.map(() => null);
      const error = (thrown: unknown): void => subscriber.error(thrown);
      // Subscribed before the ticks, so that in lock-step a tick finds the reading that caused it.
      for (const [i, driver] of drivers.entries()) {
        subscriber.add(
          readingsOf(driver).subscribe({
            next: (reading) => {
              latest[i] = reading;
            },
            error,
          }),
        );
      }
      subscriber.add(
        ticks$.subscribe({
          next: (tick) => {
            const readings = latest;
            latest = drivers.map(() => null);
            subscriber.next({ tick, readings });
          },
          error,
          complete: () => subscriber.complete(),
        }),
      );
    });
}
