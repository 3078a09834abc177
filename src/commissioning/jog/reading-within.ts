import { firstValueFrom } from 'rxjs';
import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { readingsOf } from '../../control/index.ts';
import type { Driver } from '../../driver/index.ts';
import type { Reading } from '../../robot/reading.ts';

/** The next reading. Rejects with E_READING_STALE without one in this time, with a fault of the driver, and with the error of its end. */
export async function readingWithin(driver: Driver, clock: Clock, timeoutS: number): Promise<Reading> {
  const untilNs = clock.nowNs() + timeoutS * NS_PER_S;
  let cancel = (): void => undefined;
  const timeout = new Promise<never>((_, reject) => {
    cancel = clock.setTimer(untilNs, () =>
      reject(new SoftqdError('E_READING_STALE', `${driver.spec.name}: no reading within ${timeoutS} s`)),
    );
  });
  try {
    return await Promise.race([firstValueFrom(readingsOf(driver)), timeout]);
  } finally {
    cancel();
  }
}
