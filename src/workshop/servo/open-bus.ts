import type { ServoBus } from '../../body/index.ts';
import type { ServoProtocol } from './models.ts';

export interface BusAddress {
  readonly protocol: ServoProtocol;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
}

/** Opens the master's end of a servo bus; the daemon passes the real one, a test its own. */
export type OpenBus = (address: BusAddress) => Promise<ServoBus>;

/** Opens, works, and closes whatever happens. */
export async function withBus<T>(open: OpenBus, address: BusAddress, work: (bus: ServoBus) => Promise<T>): Promise<T> {
  const bus = await open(address);
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}
