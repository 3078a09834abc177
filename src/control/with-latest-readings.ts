import { Observable, type OperatorFunction } from 'rxjs';
import { throwOnFault } from '../driver/port.ts';
import type { Reading } from '../robot/reading.ts';
import type { RobotInstance } from './robot-instance.ts';
import type { Tick } from './ticks/tick.ts';

/** One lane at one tick. */
export interface TickInput {
  readonly instance: RobotInstance;
  readonly tick: Tick;
  readonly reading: Reading;
  /** true when the newest reading is older than the age limit: the guard stops, the policy is not asked. */
  readonly stale: boolean;
}

/** All lanes at one tick. */
export type TickInputs = readonly TickInput[];

/**
 * Pairs every tick with the newest reading of each lane; older unread ones are dropped (newest wins).
 * A tick before a lane's first episode has begun is passed over.
 */
export function withLatestReadings(
  instances: readonly RobotInstance[],
  maxAgeNs: number,
): OperatorFunction<Tick, TickInputs> {
  return (ticks$) =>
    new Observable((subscriber) => {
      // Readings are listened to before ticks, so that in lock-step a tick finds the reading that caused it.
      const readings = instances.map((instance) =>
        instance.components.driver.readings$.pipe(throwOnFault()).subscribe({
          next: (reading) => {
            instance.pendingReading = reading;
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
        }),
      );
      const ticks = ticks$.subscribe({
        next: (tick) => {
          const inputs: TickInput[] = [];
          for (const instance of instances) {
            if (instance.pendingReading !== null) {
              instance.latestReading = instance.pendingReading;
              instance.pendingReading = null;
            }
            if (instance.latestReading === null || instance.episode < 0) return;
            inputs.push({
              instance,
              tick,
              reading: instance.latestReading,
              stale: tick.startNs - instance.latestReading.arrivalNs > maxAgeNs,
            });
          }
          subscriber.next(inputs);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      });
      return () => {
        ticks.unsubscribe();
        for (const subscription of readings) subscription.unsubscribe();
      };
    });
}
