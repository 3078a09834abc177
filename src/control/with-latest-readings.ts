import { Observable, type OperatorFunction } from 'rxjs';
import type { Reading } from '../robot/reading.ts';
import type { Lane } from './robot-instance.ts';
import type { Tick } from './ticks/tick.ts';

/** One lane at one tick. */
export interface Look {
  readonly lane: Lane;
  readonly tick: Tick;
  readonly reading: Reading;
  /** true when the newest reading is older than the age limit: the guard stops, the policy is not asked. */
  readonly stale: boolean;
}

/** All lanes at one tick. */
export type Round = readonly Look[];

/**
 * Pairs every tick with the newest reading of each lane; older unread ones are dropped (newest wins).
 * A tick before a lane's first episode has begun is passed over.
 */
export function takeNewest(lanes: readonly Lane[], maxAgeNs: number): OperatorFunction<Tick, Round> {
  return (ticks$) =>
    new Observable((subscriber) => {
      // Readings are listened to before ticks, so that in lock-step a tick finds the reading that caused it.
      const readings = lanes.map((lane) =>
        lane.rooms.body.readings$.subscribe({
          next: (reading) => {
            lane.pending = reading;
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
        }),
      );
      const ticks = ticks$.subscribe({
        next: (tick) => {
          const round: Look[] = [];
          for (const lane of lanes) {
            if (lane.pending !== null) {
              lane.newest = lane.pending;
              lane.pending = null;
            }
            if (lane.newest === null || lane.episode < 0) return;
            round.push({ lane, tick, reading: lane.newest, stale: tick.startNs - lane.newest.arrivalNs > maxAgeNs });
          }
          subscriber.next(round);
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
