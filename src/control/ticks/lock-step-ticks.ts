import { Observable } from 'rxjs';
import type { Clock } from '../../base/clock.ts';
import { throwOnFault } from '../../driver/port.ts';
import type { RobotInstance } from '../robot-instance.ts';
import type { Tick } from './tick.ts';

/** Simulated time that a lock-step line moves on itself. */
export interface AdvanceableClock extends Clock {
  advanceTo(toNs: number): void;
}

/**
 * Lock-step: a first tick at once, for lanes that stand at the beginning of an episode or where a checkpoint left them; then one
 * as soon as every lane has answered its command. Each of those moves simulated time on by one period.
 */
export function lockStepTicks(
  instances: readonly RobotInstance[],
  clock: AdvanceableClock,
  periodNs: number,
): Observable<Tick> {
  return new Observable((subscriber) => {
    let index = 0;
    const answered = instances.map(() => false);
    const subscriptions = instances.map((instance, i) =>
      instance.components.driver.readings$.pipe(throwOnFault()).subscribe({
        next: () => {
          answered[i] = true;
          if (!answered.every(Boolean)) return;
          answered.fill(false);
          clock.advanceTo(clock.nowNs() + periodNs);
          const nowNs = clock.nowNs();
          subscriber.next({ index: index++, deadlineNs: nowNs, wakeNs: nowNs, startNs: nowNs, skipped: 0 });
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
    const startNs = clock.nowNs();
    subscriber.next({ index: index++, deadlineNs: startNs, wakeNs: startNs, startNs, skipped: 0 });
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  });
}
