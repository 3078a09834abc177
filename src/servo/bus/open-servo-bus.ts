import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { openSerial, type OpenSerialOptions, type SerialTransport } from '../../serial/index.ts';
import type { BusCounters } from './bus-counters.ts';
import type { BusProtocol } from './bus-protocol.ts';
import { dynamixelProtocol } from '../protocols/dynamixel-protocol.ts';
import { feetechProtocol } from '../protocols/feetech-protocol.ts';
import { SerialServoBus } from './servo-bus.ts';

export type ServoProtocol = 'feetech' | 'dynamixel';

export interface OpenServoBusOptions {
  readonly protocol: ServoProtocol;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting rejects what waits with E_SERIAL_LOST and closes the bus. */
  readonly signal?: AbortSignal | undefined;
  /** Opens the line; the real serial port when absent. */
  readonly open?: ((options: OpenSerialOptions) => Promise<SerialTransport>) | undefined;
  /** To go on counting after a loss. */
  readonly counters?: BusCounters | undefined;
}

export function busProtocol(name: ServoProtocol): BusProtocol {
  return name === 'feetech' ? feetechProtocol : dynamixelProtocol;
}

/**
 * Opens a servo bus; nothing is sent yet. Throws the errors of openSerial (E_SERIAL_NOT_FOUND, E_SERIAL_BUSY, E_SERIAL_PERMISSION,
 * E_CONNECT) and E_CONNECT when aborted.
 */
export async function openServoBus(options: OpenServoBusOptions): Promise<SerialServoBus> {
  const { address, baudRate, clock, open = openSerial, protocol, signal, counters, logger } = options;
  const transport = await open({ address, baudRate });
  const bus = new SerialServoBus({
    transport,
    baudRate,
    clock,
    protocol: busProtocol(protocol),
    ...(counters === undefined ? {} : { counters }),
  });
  if (signal?.aborted) {
    await bus.close();
    throw new SoftqdError('E_CONNECT', `connecting to ${address} was canceled`);
  }
  signal?.addEventListener('abort', () => void bus.close(), { once: true });
  logger.debug(`${protocol} bus open`, { path: bus.path, baudRate });
  return bus;
}
