import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { SoftqdError } from '../base/errors.ts';
import { portNotFoundError } from './serial-errors.ts';

/** A port: its current path, and an address that finds it again under another path. */
export interface FoundPort {
  readonly path: string;
  /** `usb:SERIAL`, a by-path link, or else the path itself. */
  readonly stableAddress: string;
  readonly usbVendorId: string | undefined;
  readonly usbProductId: string | undefined;
}

const BY_PATH = '/dev/serial/by-path';

/**
 * The port behind an address: `usb:SERIAL` (the USB serial number, as `softqd doctor` lists it) or a path, links followed. Throws
 * E_SERIAL_NOT_FOUND when there is none, E_USAGE when two adapters share a serial number.
 */
export async function findPort(address: string): Promise<FoundPort> {
  // The list queries udev, which is slow, and does not contain pseudo-terminals.
  const isPseudo = (await realpath(address).catch(() => '')).startsWith('/dev/pts/');
  const ports = isPseudo ? [] : await SerialPort.list().catch(() => []);
  if (address.startsWith('usb:')) {
    const serial = address.slice('usb:'.length);
    const [first, second] = ports.filter((port) => port.serialNumber === serial);
    if (first === undefined)
      throw portNotFoundError(
        address,
        ports.map(({ path, serialNumber }) => (serialNumber === undefined ? path : `usb:${serialNumber}`)),
      );
    if (second !== undefined) {
      throw new SoftqdError(
        'E_USAGE',
        `${address}: two adapters have this serial number; pass a path under ${BY_PATH}`,
        {
          values: { address, paths: [first.path, second.path] },
        },
      );
    }
    return { path: first.path, stableAddress: address, usbVendorId: first.vendorId, usbProductId: first.productId };
  }
  const path = await realpath(address).catch((cause: unknown) => {
    throw portNotFoundError(
      address,
      ports.map((port) => port.path),
      cause,
    );
  });
  const known = ports.find((port) => port.path === path);
  const unique =
    known?.serialNumber !== undefined &&
    ports.filter(({ serialNumber }) => serialNumber === known.serialNumber).length === 1;
  const stableAddress = unique ? `usb:${known.serialNumber}` : address === path ? await byPath(path) : address;
  return { path, stableAddress, usbVendorId: known?.vendorId, usbProductId: known?.productId };
}

/** The link that names the USB socket of a port, or the path itself. */
async function byPath(path: string): Promise<string> {
  for (const name of await readdir(BY_PATH).catch(() => [])) {
    const link = `${BY_PATH}/${name}`;
    if ((await realpath(link).catch(() => '')) === path) return link;
  }
  return path;
}

/** The name of the group that owns a file, or null. */
export async function groupOf(path: string): Promise<string | null> {
  const owner = await stat(path).catch(() => null);
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = groups.split('\n').find((entry) => owner !== null && entry.split(':')[2] === String(owner.gid));
  return line?.split(':')[0] ?? null;
}
