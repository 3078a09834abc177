import type { VirtualServoBusOptions } from '../port.ts';
import { VirtualFeetechBus } from './bus.ts';
import type { FeetechServoBehaviour } from './servo.ts';

export type { FeetechServoBehaviour } from './servo.ts';

/** STS3215 servos on one bus; `behaviour` other than that of real firmware for masters that cannot live with it. */
export function createFeetechServoBus(
  options: VirtualServoBusOptions,
  behaviour?: FeetechServoBehaviour,
): VirtualFeetechBus {
  return new VirtualFeetechBus(options, behaviour);
}
