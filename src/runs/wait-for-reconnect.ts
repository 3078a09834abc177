import { catchError, filter, firstValueFrom, fromEvent, map, of, race, take } from 'rxjs';
import type { SoftqdError } from '../base/errors.ts';
import type { Driver } from '../driver/index.ts';
import type { CommandUi } from './command-ui.ts';

/** What passes by itself: nobody meant the robot to stop, its cable, its network or its readings were gone for a while. */
const RECONNECTABLE_CODES: readonly SoftqdError['code'][] = [
  'E_SERIAL_LOST',
  'E_SERIAL_NOT_FOUND',
  'E_ROSBRIDGE_LOST',
  'E_CONNECT',
  'E_TIMEOUT',
  'E_READING_STALE',
  'E_READING_IMPLAUSIBLE',
  'E_SERVO_NO_REPLY',
  'E_SERVO_CHECKSUM',
];
/** Faults in a row after which the wait ends. */
const MAX_FAULTS = 20;

/**
 * Waits until a body that went away is back with a reading; it is disarmed then. False when `error` is nothing that passes, when the
 * body is lost for good (it says so itself after its own time), or when the person has had enough.
 */
export async function waitForReconnect(driver: Driver, error: SoftqdError, ui: CommandUi): Promise<boolean> {
  if (!RECONNECTABLE_CODES.includes(error.code)) return false;
  ui.info(`${error.message}; waiting for reconnection, then rearming (control.rearm)`);
  const reconnected$ = driver.readings$.pipe(
    take(MAX_FAULTS),
    filter(({ kind }) => kind === 'reading'),
    map(() => true),
    catchError(() => of(false)),
  );
  const aborted$ = ui.signal.aborted ? of(false) : fromEvent(ui.signal, 'abort').pipe(map(() => false));
  return firstValueFrom(race(aborted$, reconnected$), { defaultValue: false });
}
