import { Observable } from 'rxjs';
import type { Clock } from '../../base/clock.ts';
import type { Driver } from '../../driver/port.ts';
import { readingsOf } from '../driver-events.ts';
import type { Tick } from './tick.ts';

/** Simulated time that a lock-step loop advances. */
export interface AdvanceableClock extends Clock {
  advanceTo(toNs: number): void;
}

/**
 * Lock-step: the first tick at once, for robots at the beginning of an episode or where a checkpoint left them; then one as soon as
 * every driver has answered its command. Each of those advances simulated time by one period.
 */
export function lockStepTicks(
  drivers: readonly Pick<Driver, 'readings$'>[],
  clock: AdvanceableClock,
  periodNs: number,
): Observable<Tick> {
  return new Observable((subscriber) => {
    let index = 0;
    const answered = drivers.map(() => false);
    const emit = (): void => {
      const nowNs = clock.nowNs();
      subscriber.next({ index: index++, deadlineNs: nowNs, wakeNs: nowNs, startNs: nowNs, skipped: 0 });
    };
    for (const [i, driver] of drivers.entries()) {
      subscriber.add(
        readingsOf(driver).subscribe({
          next: () => {
            answered[i] = true;
            if (!answered.every(Boolean)) return;
            answered.fill(false);
            clock.advanceTo(clock.nowNs() + periodNs);
            emit();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    }
    emit();
  });
}
