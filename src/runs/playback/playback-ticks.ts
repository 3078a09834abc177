import { Observable } from 'rxjs';
import { readingsOf, type Tick } from '../../control/index.ts';
import type { PlaybackDriver } from '../../driver/index.ts';

/** A tick for each recorded reading, at its time; completes where the recorded loop ended. `setTime` receives the time of each tick's check. */
export function playbackTicks(driver: PlaybackDriver, setTime: (timeNs: number) => void): Observable<Tick> {
  return new Observable((subscriber) => {
    subscriber.add(
      readingsOf(driver).subscribe({
        next: () => {
          const { index, startNs, command } = driver.current!;
          setTime(command?.checkedNs ?? startNs);
          subscriber.next({ index, deadlineNs: startNs, wakeNs: startNs, startNs, skipped: 0 });
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    subscriber.add(driver.segmentEnds$.subscribe(() => subscriber.complete()));
    driver.start();
  });
}
