import { firstValueFrom } from 'rxjs';
import type { SoftqdError } from '../../base/errors.ts';
import { readingsOf } from '../../control/index.ts';
import type { Driver } from '../../driver/index.ts';
import type { CommandUi } from '../command-ui.ts';

/** Errors after which the robot may be driven again: its cable, its network or its readings were interrupted. */
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

/** Whether `error` is a disconnection, after which a robot may be armed again where control.rearm allows it. */
export function isReconnectable({ code }: SoftqdError): boolean {
  return RECONNECTABLE_CODES.includes(code);
}

/**
 * Waits until a disconnected driver sends a reading again; it is disarmed then. False when `error` is not a disconnection, when the
 * connection is lost permanently (the timeout of the driver), or at Ctrl-C.
 */
export async function waitForReconnect(driver: Driver, error: SoftqdError, ui: CommandUi): Promise<boolean> {
  if (!isReconnectable(error)) return false;
  ui.info(`${error.message}; waiting for reconnection, then rearming (control.rearm)`);
  const aborted = new Promise<false>((resolve) => {
    if (ui.signal.aborted) resolve(false);
    else ui.signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const back = firstValueFrom(readingsOf(driver)).then(
      () => true,
      () => null,
    );
    const outcome = await Promise.race([back, aborted]);
    if (outcome !== null) return outcome;
  }
  return false;
}
