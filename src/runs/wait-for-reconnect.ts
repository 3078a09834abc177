import { firstValueFrom } from 'rxjs';
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
const MAX_ATTEMPTS = 20;

/**
 * Waits until a body that went away is back with a reading; it is disarmed then. False when `error` is nothing that passes, when the
 * body is lost for good (it says so itself after its own time), or when the person has had enough.
 */
export async function waitForReconnect(driver: Driver, error: SoftqdError, ui: CommandUi): Promise<boolean> {
  if (!RECONNECTABLE_CODES.includes(error.code)) return false;
  ui.info(`${error.message}; waiting for reconnection, then rearming (control.rearm)`);
  const aborted = new Promise<false>((resolve) => {
    if (ui.signal.aborted) resolve(false);
    else ui.signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const back = firstValueFrom(driver.readings$).then(
      () => true,
      () => null,
    );
    const outcome = await Promise.race([back, aborted]);
    if (outcome !== null) return outcome;
  }
  return false;
}
