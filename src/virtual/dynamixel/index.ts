import type { CreateVirtualServoBus } from '../port.ts';
import { VirtualDynamixelBus } from './bus.ts';

/** X-series servos (protocol 2.0) on one bus; an unknown model number is an XM430 that reports this number. */
export const createDynamixelServoBus: CreateVirtualServoBus = (options) => new VirtualDynamixelBus(options);
