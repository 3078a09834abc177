import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  baudRateCode,
  readOne,
  requireServoId,
  withBus,
  writeAndVerifyRegisters,
  writeUnconfirmed,
  type OpenBus,
  type ServoBus,
  type ServoProtocol,
} from '../../servo/index.ts';
import type { ServoEndpoint } from './operator.ts';

const TRIES = 3;
const PINGS = 5;
/** A servo that has just changed its baud rate may need a moment. */
const PING_PERIOD_MS = 40;

export interface AssignIdOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocol;
  readonly address: string;
  readonly clock: Clock;
  /** Where the servo is, alone on the bus. */
  readonly from: ServoEndpoint;
  readonly to: ServoEndpoint;
}

/**
 * Gives a servo its id and baud rate, in this order and by difference only: torque off, lock open (Feetech), write, read back under the
 * new id at the new rate, lock. Returns the registers written. A servo that was left half-way is found by its new id or its old rate and
 * can be numbered again. Throws E_SERVO_VALUE before anything is written, E_SERVO_REJECTED when it keeps what it had, what a write throws.
 */
export async function assignServoId(options: AssignIdOptions): Promise<readonly string[]> {
  const { from, to, open, protocol, address } = options;
  requireServoId(protocol, to.id);
  const code = baudRateCode(protocol, to.baudRate);
  const written: string[] = [];
  if (to.id !== from.id) written.push('id');
  if (to.baudRate !== from.baudRate) written.push('baudRate');
  if (written.length === 0) return written;
  await withBus(open, { protocol, address, baudRate: from.baudRate }, async (bus) => {
    await withEepromUnlocked(bus, from.id, async () => {
      if (to.id !== from.id) await writeId(bus, from.id, to.id);
      if (to.baudRate !== from.baudRate) await writeUnconfirmed(bus, to.id, 'baudRate', code);
    });
    if (to.baudRate === from.baudRate) await verifyAssignment(bus, options, code);
  });
  if (to.baudRate === from.baudRate) return written;
  await withBus(open, { protocol, address, baudRate: to.baudRate }, (bus) => verifyAssignment(bus, options, code));
  return written;
}

/** Torque off and EEPROM open; closed again where the work fails, as far as the servo can be reached. */
async function withEepromUnlocked(bus: ServoBus, id: number, work: () => Promise<void>): Promise<void> {
  await writeAndVerifyRegisters(bus, id, 'torqueEnable', 0);
  if (hasEepromLock(bus)) await writeAndVerifyRegisters(bus, id, 'lock', 0);
  try {
    await work();
  } catch (error) {
    if (hasEepromLock(bus)) await writeAndVerifyRegisters(bus, id, 'lock', 1).catch(() => undefined);
    throw error;
  }
}

function hasEepromLock(bus: ServoBus): boolean {
  return bus.registers['lock'] !== undefined;
}

/** The new id holds at once: the write is confirmed by who answers then. */
async function writeId(bus: ServoBus, from: number, to: number): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await writeUnconfirmed(bus, from, 'id', to);
    for (let ping = 0; ping < TRIES; ping++) if ((await bus.ping(to)) !== null) return;
  }
  throw new SoftqdError('E_SERVO_REJECTED', `servo ${from} did not accept ID ${to}`, {
    values: { id: from, wanted: to },
  });
}

async function verifyAssignment(bus: ServoBus, { to, from, clock }: AssignIdOptions, code: number): Promise<void> {
  if (!(await respondsToPing(bus, to.id, clock))) {
    throw new SoftqdError(
      'E_SERVO_NO_REPLY',
      `${bus.path}: servo ${to.id} does not answer at ${to.baudRate} baud after it was set to it`,
      {
        hint: `Turn its power off and on and try again: Power-cycle the servo and try again (previously ID ${from.id} at ${from.baudRate} baud).`,
        values: { id: to.id, baudRate: to.baudRate },
      },
    );
  }
  if (hasEepromLock(bus)) await writeAndVerifyRegisters(bus, to.id, 'lock', 1);
  const held = await readOne(bus, to.id, ['id', 'baudRate']);
  if (held['id'] === to.id && held['baudRate'] === code) return;
  throw new SoftqdError('E_SERVO_REJECTED', `servo ${to.id} did not store its ID or baud rate`, {
    hint: 'Turn its power off and on and try again; a servo that still forgets them is damaged.',
    values: { id: to.id, heldId: held['id']!, baudRate: code, heldBaudRate: held['baudRate']! },
  });
}

async function respondsToPing(bus: ServoBus, id: number, clock: Clock): Promise<boolean> {
  for (let i = 0; i < PINGS; i++) {
    if ((await bus.ping(id)) !== null) return true;
    await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + PING_PERIOD_MS * NS_PER_MS, resolve));
  }
  return false;
}
