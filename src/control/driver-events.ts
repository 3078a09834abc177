import { filter, map, type Observable } from 'rxjs';
import type { Driver } from '../driver/port.ts';
import type { Reading } from '../robot/reading.ts';

/** The readings of a driver. A fault is an error here, as the loss of the connection is: on the control path both go to the guard. */
export function readingsOf(driver: Pick<Driver, 'readings$'>): Observable<Reading> {
  return driver.readings$.pipe(
    map((event) => {
      if (event.kind === 'fault') throw event.error;
      return event.reading;
    }),
  );
}

/** The readings of a driver without its faults, for callers that only need the arrival of readings. */
export function validReadingsOf(driver: Pick<Driver, 'readings$'>): Observable<Reading> {
  return driver.readings$.pipe(
    filter((event) => event.kind === 'reading'),
    map(({ reading }) => reading),
  );
}
