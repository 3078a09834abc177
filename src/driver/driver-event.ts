import { map, type OperatorFunction } from 'rxjs';
import type { SoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';

/**
 * What a driver reports while it is connected: a reading, or a fault that leaves the connection open (a reading out of shape, a stop of
 * the robot, a connection that is being restored). Readings follow a fault without a new subscription.
 */
export type DriverEvent =
  { readonly kind: 'reading'; readonly reading: Reading } | { readonly kind: 'fault'; readonly error: SoftqdError };

/** Passes readings on and errors at the first fault: for consumers that end there. */
export function throwOnFault(): OperatorFunction<DriverEvent, Reading> {
  return map((event) => {
    if (event.kind === 'fault') throw event.error;
    return event.reading;
  });
}
