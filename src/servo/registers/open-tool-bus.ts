import type { ServoBus } from '../port.ts';
import type { ServoBusCounters } from '../bus/bus-counters.ts';
import type { ServoProtocol } from '../bus/open-servo-bus.ts';

/** A servo bus and, where it has them, what helps to look around on it. */
export interface ToolBus extends ServoBus {
  /** Ids that answer a call to all; some may be missing, as their replies can collide. */
  broadcastPing?(): Promise<readonly number[]>;
  readonly counters?: ServoBusCounters;
  readonly patience?: { reckonWith(latencyMs: number): void };
}

export interface BusAddress {
  readonly protocol: ServoProtocol;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
}

/** Opens the master's end of a servo bus; the daemon passes the real one, a test its own. */
export type OpenBus = (address: BusAddress) => Promise<ToolBus>;

/** Opens, works, and closes whatever happens. */
export async function withBus<T>(open: OpenBus, address: BusAddress, work: (bus: ToolBus) => Promise<T>): Promise<T> {
  const bus = await open(address);
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}
