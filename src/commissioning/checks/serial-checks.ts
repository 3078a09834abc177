import { stat, readFile } from 'node:fs/promises';
import type { Check, Finding } from '../doctor.ts';
import { serialPorts, type SerialPortInfo, type PortPaths } from '../../serial/index.ts';

/** A longer latency timer of an FTDI adapter limits the control loop. */
const GOOD_LATENCY_MS = 1;

/** The serial ports of this machine: description, permission, programs that use them, latency timer. None is opened. */
export function serialPortsCheck(places?: PortPaths): Check {
  return {
    id: 'serial',
    run: async () => {
      const ports = await serialPorts(places);
      if (ports.length === 0) {
        return [
          {
            id: 'serial',
            level: 'info',
            title: 'serial ports',
            detail: 'none found',
            hint: 'Plug the adapter in to drive hardware; a simulated robot needs none.',
          },
        ];
      }
      return (await Promise.all(ports.map(portFindings))).flat();
    },
  };
}

async function portFindings(port: SerialPortInfo): Promise<Finding[]> {
  const { path, what, stableAddress, openers, permitted, latencyTimerMs } = port;
  const id = `serial.${path.slice(path.lastIndexOf('/') + 1)}`;
  const title = `port ${path}`;
  const findings: Finding[] = [
    {
      id,
      level: 'ok',
      title,
      detail: `${what ?? 'serial port'}${stableAddress === path ? '' : `; stable name: ${stableAddress}`}`,
      hint: null,
    },
  ];
  if (!permitted) findings.push(await permissionFinding(id, port));
  if (openers.length > 0) {
    const who = openers.map(({ pid, program }) => `${program} (${pid})`).join(', ');
    findings.push({
      id: `${id}.openers`,
      level: 'warning',
      title: `${path} is in use`,
      detail: `in use by ${who}`,
      hint: `Stop ${who} before softqd drives this port.`,
    });
  }
  if (latencyTimerMs !== null) findings.push(latencyFinding(id, path, latencyTimerMs));
  return findings;
}

async function permissionFinding(id: string, port: SerialPortInfo): Promise<Finding> {
  const { path, usbVendorId, usbProductId } = port;
  const group = (await groupOf(path)) ?? 'dialout';
  const rule =
    usbVendorId === null || usbProductId === null
      ? ''
      : ` Or for all users of this machine: echo '${udevRule(usbVendorId, usbProductId)}' | sudo tee /etc/udev/rules.d/70-softqd.rules && sudo udevadm control --reload && sudo udevadm trigger.`;
  return {
    id: `${id}.permission`,
    level: 'error',
    title: `permission denied for ${path}`,
    detail: `it belongs to the group ${group}`,
    hint: `sudo usermod -aG ${group} $USER, then log in again.${rule}`,
  };
}

/** A udev rule that lets the user logged in at this machine open this adapter model. */
export function udevRule(vendorId: string, productId: string): string {
  return `SUBSYSTEM=="tty", ATTRS{idVendor}=="${vendorId}", ATTRS{idProduct}=="${productId}", TAG+="uaccess"`;
}

function latencyFinding(id: string, path: string, timerMs: number): Finding {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const good = timerMs <= GOOD_LATENCY_MS;
  return {
    id: `${id}.latency`,
    level: good ? 'ok' : 'info',
    title: `latency timer of ${path}`,
    detail: `${timerMs} ms${good ? '' : ': adds up to this delay to every reply'}`,
    hint: good
      ? null
      : `softqd sets it to 1 ms while it has the port; for other programs: echo 1 | sudo tee /sys/bus/usb-serial/devices/${name}/latency_timer.`,
  };
}

async function groupOf(path: string): Promise<string | null> {
  const owner = await stat(path).catch(() => null);
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = groups.split('\n').find((entry) => owner !== null && entry.split(':')[2] === String(owner.gid));
  return line?.split(':')[0] ?? null;
}
