import { SerialPort } from 'serialport';
import { SoftqdError } from '../base/errors.ts';
import { findPort, groupOf } from './find-port.ts';
import { findPortUsers } from './port-users.ts';
import { UnixSerialPort, type SerialTransport, type UnixPort } from './unix-serial-port.ts';
import { portBusyError, openError } from './serial-errors.ts';

export type { SerialTransport } from './unix-serial-port.ts';

export interface OpenSerialOptions {
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number;
  /** Maximum of bytes queued when the buffer of the operating system is full; 512 when absent, about 5 ms at 1 Mbaud. */
  readonly maxBacklogBytes?: number;
}

/**
 * Opens a port exclusively: with a lock, and only when no other program has it open (except a pseudo-terminal, whose other end is open).
 * Sets the low-latency flag where supported and keeps the modem lines on close, because many boards would reset. Throws
 * E_SERIAL_NOT_FOUND, E_SERIAL_BUSY naming the program, E_SERIAL_PERMISSION with a hint, E_CONNECT for any other error.
 */
export async function openSerial(options: OpenSerialOptions): Promise<SerialTransport> {
  const found = await findPort(options.address);
  const { path } = found;
  if (!path.startsWith('/dev/pts/')) {
    const openers = await findPortUsers(path);
    if (openers.length > 0) throw portBusyError(path, openers);
  }
  const port = await SerialPort.binding
    .open({ path, baudRate: options.baudRate, lock: true, hupcl: false })
    .catch(async (error: unknown) => {
      const [openers, group] = await Promise.all([findPortUsers(path), groupOf(path)]);
      throw openError(path, error, {
        openers,
        group,
        usbVendorId: found.usbVendorId,
        usbProductId: found.usbProductId,
      });
    });
  if (!isUnixPort(port)) {
    await port.close();
    throw new SoftqdError('E_NOT_IMPLEMENTED', 'robots on a serial port need Linux or macOS');
  }
  // Sets the FTDI latency timer from 16 to 1 ms; a pseudo-terminal and some drivers reject it.
  const flags = { dtr: true, rts: true, cts: false, dsr: false, brk: false, lowLatency: true };
  await port.set(flags).catch(() => undefined);
  const { stableAddress } = found;
  return new UnixSerialPort(port, { path, stableAddress, maxBacklogBytes: options.maxBacklogBytes ?? 512 });
}

function isUnixPort<T extends object>(port: T): port is T & UnixPort {
  return 'fd' in port && 'poller' in port;
}
