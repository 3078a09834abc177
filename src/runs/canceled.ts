import { toSoftqdError, type SoftqdError } from '../base/errors.ts';

/** Errors with which connecting and arming end when they are canceled. */
const CANCELED_CODES: readonly SoftqdError['code'][] = [
  'E_CONNECT',
  'E_TIMEOUT',
  'E_SERIAL_LOST',
  'E_ROSBRIDGE_LOST',
  'E_SIMULATOR_LOST',
  'E_SAFETY_STATE',
];

/** Whether an error before the robot was armed is the effect of a request to stop. */
export function isCanceled(signal: AbortSignal, thrown: unknown): boolean {
  return signal.aborted && CANCELED_CODES.includes(toSoftqdError(thrown).code);
}
