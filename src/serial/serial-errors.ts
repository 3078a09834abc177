import { SoftqdError } from '../base/errors.ts';

/** A program that has a port open. */
export interface PortUser {
  readonly pid: number;
  /** Its command line where it is softqd, otherwise its name. */
  readonly program: string;
}

/** Facts about a port that could not be opened. */
export interface OpenFailureFacts {
  readonly openers?: readonly PortUser[];
  /** The group of the file, when it exists. */
  readonly group?: string | null;
  readonly usbVendorId?: string | undefined;
  readonly usbProductId?: string | undefined;
}

/** The error of a port that does not exist. */
export function portNotFoundError(address: string, found: readonly string[], cause?: unknown): SoftqdError {
  const list = found.length === 0 ? 'no serial ports found' : `available: ${found.join(', ')}`;
  return new SoftqdError('E_SERIAL_NOT_FOUND', `${address}: no such serial port; ${list}`, {
    values: { address, found },
    cause,
  });
}

export function portLostError(path: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_SERIAL_LOST', `${path} disconnected (unplugged or lost power)`, {
    values: { path },
    cause,
  });
}

export function portBusyError(path: string, openers: readonly PortUser[], cause?: unknown): SoftqdError {
  const who = openers.map(({ pid, program }) => `${program}, PID ${pid}`).join('; ');
  return new SoftqdError('E_SERIAL_BUSY', `${path} is in use${who === '' ? '' : ` by ${who}`}`, {
    ...(who === '' ? {} : { hint: busyHint(openers) }),
    values: { path, pids: openers.map(({ pid }) => pid), programs: openers.map(({ program }) => program) },
    cause,
  });
}

/** A watchdog process hands the port over only to a command for the same robot. */
function busyHint(openers: readonly PortUser[]): string {
  const isHeld = openers.some(({ program }) => program.includes('watchdog process'));
  if (isHeld) return 'Run the command for that robot (--robot, --id), or turn its torque off with softqd torque-off.';
  return `Stop ${openers.map(({ program }) => program).join('; ')}.`;
}

/** Translates errors of the serial library when it opens a port. They have no code, only the text of strerror. */
export function openError(path: string, thrown: unknown, facts: OpenFailureFacts = {}): SoftqdError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (/permission denied|EACCES/i.test(message)) return portPermissionError(path, facts, thrown);
  if (/temporarily unavailable|cannot lock|resource busy|EBUSY|EAGAIN/i.test(message)) {
    return portBusyError(path, facts.openers ?? [], thrown);
  }
  if (/no such (file|device)|ENOENT|ENODEV|ENXIO/i.test(message)) return portNotFoundError(path, [], thrown);
  return new SoftqdError('E_CONNECT', `${path}: ${message}`, { values: { path }, cause: thrown });
}

function portPermissionError(
  path: string,
  { group, usbVendorId, usbProductId }: OpenFailureFacts,
  cause: unknown,
): SoftqdError {
  const name = group ?? 'dialout';
  const join = `sudo usermod -aG ${name} $USER, then log in again`;
  const rule =
    usbVendorId === undefined || usbProductId === undefined
      ? ''
      : `; or, for all users of this machine: echo 'SUBSYSTEM=="tty", ATTRS{idVendor}=="${usbVendorId}", ATTRS{idProduct}=="${usbProductId}", ` +
        `TAG+="uaccess"' | sudo tee /etc/udev/rules.d/70-softqd.rules && sudo udevadm control --reload && sudo udevadm trigger`;
  return new SoftqdError('E_SERIAL_PERMISSION', `${path}: permission denied`, {
    hint: `${join}${rule}.`,
    values: { path, group: name },
    cause,
  });
}
