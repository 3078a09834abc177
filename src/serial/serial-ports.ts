import { constants } from 'node:fs';
import { access, readFile, readdir, realpath } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { findPortUsers } from './port-users.ts';
import type { PortUser } from './serial-errors.ts';

/** A serial port of this machine, which is not opened. */
export interface SerialPortInfo {
  readonly path: string;
  /** Description, such as the USB product; null when unknown. */
  readonly what: string | null;
  /** Address for a driver URL that finds the port again under another path. */
  readonly stableAddress: string;
  readonly usbVendorId: string | null;
  readonly usbProductId: string | null;
  /** Programs that have it open, as far as this user may read /proc. */
  readonly openers: readonly PortUser[];
  /** Whether this user may read and write it. */
  readonly permitted: boolean;
  /** Milliseconds that an FTDI adapter buffers bytes before it sends them; null for other adapters. */
  readonly latencyTimerMs: number | null;
}

export interface PortPaths {
  /** `/sys` */
  readonly sysfs: string;
  readonly list: () => Promise<Awaited<ReturnType<typeof SerialPort.list>>>;
}

const SYSTEM_PATHS: PortPaths = { sysfs: '/sys', list: () => SerialPort.list() };
const BY_PATH = '/dev/serial/by-path';

/** Every serial port, sorted by path, without placeholders (`/dev/ttyS*` without a device). */
export async function serialPorts(paths: PortPaths = SYSTEM_PATHS): Promise<SerialPortInfo[]> {
  const listed = await paths.list().catch(() => []);
  const found: SerialPortInfo[] = [];
  for (const port of listed) {
    if (port.vendorId === undefined && (await isPlaceholder(paths.sysfs, port.path))) continue;
    const sameSerialNumber = listed.filter(({ serialNumber }) => serialNumber === port.serialNumber).length;
    found.push({
      path: port.path,
      what: port.manufacturer ?? port.pnpId ?? null,
      stableAddress:
        port.serialNumber !== undefined && sameSerialNumber === 1
          ? `usb:${port.serialNumber}`
          : await byPath(port.path),
      usbVendorId: port.vendorId ?? null,
      usbProductId: port.productId ?? null,
      openers: await findPortUsers(port.path),
      permitted: await access(port.path, constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
      ),
      latencyTimerMs: await latencyTimerMs(paths.sysfs, port.path),
    });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** The kernel lists absent UARTs with type 0. */
async function isPlaceholder(sysfs: string, path: string): Promise<boolean> {
  const type = await readFile(`${sysfs}/class/tty/${name(path)}/type`, 'utf8').catch(() => '');
  return type.trim() === '0';
}

async function latencyTimerMs(sysfs: string, path: string): Promise<number | null> {
  const text = await readFile(`${sysfs}/bus/usb-serial/devices/${name(path)}/latency_timer`, 'utf8').catch(() => '');
  const value = Number.parseInt(text, 10);
  return Number.isFinite(value) ? value : null;
}

async function byPath(path: string): Promise<string> {
  for (const entry of await readdir(BY_PATH).catch(() => [])) {
    if ((await realpath(`${BY_PATH}/${entry}`).catch(() => '')) === path) return `${BY_PATH}/${entry}`;
  }
  return path;
}

function name(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
