import type { ServoBus } from '../port.ts';
import type { ServoProtocolName } from '../protocols/servo-protocol.ts';

export interface BusAddress {
  readonly protocol: ServoProtocolName;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
}

/** Opens a servo bus. Commands pass the real one, tests their own. */
export type OpenBus<Bus extends ServoBus = ServoBus> = (address: BusAddress) => Promise<Bus>;

/** Opens a bus for `work` and closes it, also after an error. */
export async function withBus<T, Bus extends ServoBus>(
  open: OpenBus<Bus>,
  address: BusAddress,
  work: (bus: Bus) => Promise<T>,
): Promise<T> {
  const bus = await open(address);
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}
