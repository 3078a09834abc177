import type { VirtualServoBusOptions } from '../port.ts';
import { VirtualFeetechBus } from './bus.ts';
import type { FeetechServoBehavior } from './servo.ts';

export type { FeetechServoBehavior } from './servo.ts';

/** STS3215 servos on one bus; `behavior` selects deviations from the real firmware. */
export function createFeetechServoBus(
  options: VirtualServoBusOptions,
  behavior?: FeetechServoBehavior,
): VirtualFeetechBus {
  return new VirtualFeetechBus(options, behavior);
}
