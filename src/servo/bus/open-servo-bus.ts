import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { openSerial, type OpenSerialOptions, type SerialTransport } from '../../serial/index.ts';
import type { BusCounters } from './bus-counters.ts';
import { servoProtocol } from '../protocols/servo-protocols.ts';
import type { ServoProtocolName } from '../protocols/servo-protocol.ts';
import { SerialServoBus } from './servo-bus.ts';

export interface OpenServoBusOptions {
  readonly protocol: ServoProtocolName;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
  /** Real monotonic time. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting while the port is being opened rejects with E_CONNECT; the open bus is not affected. */
  readonly signal?: AbortSignal | undefined;
  /** Opens the serial port; the real one when absent. */
  readonly open?: ((options: OpenSerialOptions) => Promise<SerialTransport>) | undefined;
  /** The counters to continue after a reconnect. */
  readonly counters?: BusCounters | undefined;
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
    protocol: servoProtocol(protocol),
    ...(counters === undefined ? {} : { counters }),
  });
  if (signal?.aborted) {
    await bus.close();
    throw new SoftqdError('E_CONNECT', `connecting to ${address} was canceled`);
  }
  logger.debug(`${protocol} bus open`, { path: bus.path, baudRate });
  return bus;
}
