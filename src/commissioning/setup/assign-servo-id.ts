import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  baudRateCode,
  COMMISSIONING_RETRIES,
  identifyServo,
  lockEeprom,
  requireRegisters,
  requireServoId,
  servoProtocol,
  unlockEeprom,
  withBus,
  writeUnconfirmed,
  type OpenBus,
  type ServoBus,
  type ServoProtocolName,
} from '../../servo/index.ts';
import type { ServoEndpoint } from './operator.ts';

/** Writes of the new ID, and pings of it after each. */
const ID_ATTEMPTS = 3;
const VERIFY_PINGS = 5;
/** A servo that has just changed its baud rate may not reply at once. */
const PING_PERIOD_MS = 40;

export interface AssignIdOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocolName;
  readonly address: string;
  readonly clock: Clock;
  /** Present ID and baud rate of the servo, which is alone on the bus. */
  readonly from: ServoEndpoint;
  readonly to: ServoEndpoint;
}

/**
 * Assigns an ID and a baud rate to a servo, in this order and by difference: torque off, lock open (Feetech), write, read back with the
 * new ID at the new rate, lock. Returns the registers written. After an interruption the servo has its new ID or its old rate and can be
 * assigned again. Throws E_SERVO_VALUE before anything is written, E_SERVO_REJECTED when the servo keeps its values, errors of a write.
 */
export async function assignServoId(options: AssignIdOptions): Promise<readonly string[]> {
  const { from, to, open, protocol, address } = options;
  requireServoId(servoProtocol(protocol), to.id);
  const code = baudRateCode(servoProtocol(protocol), to.baudRate);
  const written: string[] = [];
  if (to.id !== from.id) written.push('id');
  if (to.baudRate !== from.baudRate) written.push('baudRate');
  if (written.length === 0) return written;
  await withBus(open, { protocol, address, baudRate: from.baudRate }, async (bus) => {
    await withEepromUnlocked(bus, from.id, async () => {
      if (to.id !== from.id) await writeId(bus, from.id, to.id);
      if (to.baudRate !== from.baudRate) await writeUnconfirmed(bus, to.id, { name: 'baudRate', value: code });
    });
    if (to.baudRate === from.baudRate) await verifyAssignment(bus, options, code);
  });
  if (to.baudRate === from.baudRate) return written;
  await withBus(open, { protocol, address, baudRate: to.baudRate }, (bus) => verifyAssignment(bus, options, code));
  return written;
}

/** Runs `work` with torque off and the EEPROM unlocked; locked again after an error, as far as the servo replies. */
async function withEepromUnlocked(bus: ServoBus, id: number, work: () => Promise<void>): Promise<void> {
  await unlockEeprom(bus, id, COMMISSIONING_RETRIES);
  try {
    await work();
  } catch (error) {
    await lockEeprom(bus, id, COMMISSIONING_RETRIES).catch(() => undefined);
    throw error;
  }
}

/** The new ID takes effect at once: a ping of it confirms the write. */
async function writeId(bus: ServoBus, from: number, to: number): Promise<void> {
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
    await writeUnconfirmed(bus, from, { name: 'id', value: to });
    if ((await identifyServo(bus, to, { pings: ID_ATTEMPTS, minMs: 0 })) !== null) return;
  }
  throw new SoftqdError('E_SERVO_REJECTED', `servo ${from} did not accept ID ${to}`, {
    values: { id: from, wanted: to },
  });
}

async function verifyAssignment(bus: ServoBus, { to, from, clock }: AssignIdOptions, code: number): Promise<void> {
  if (!(await respondsToPing(bus, to.id, clock))) {
    throw new SoftqdError(
      'E_SERVO_NO_REPLY',
      `${bus.path}: no reply from servo ${to.id} at ${to.baudRate} baud after the change`,
      {
        hint: `Power-cycle the servo and try again (previously ID ${from.id} at ${from.baudRate} baud).`,
        values: { id: to.id, baudRate: to.baudRate },
      },
    );
  }
  await lockEeprom(bus, to.id, COMMISSIONING_RETRIES);
  const [held = {}] = await requireRegisters(bus, [to.id], ['id', 'baudRate']);
  if (held['id'] === to.id && held['baudRate'] === code) return;
  throw new SoftqdError('E_SERVO_REJECTED', `servo ${to.id} did not store its ID or baud rate`, {
    hint: 'Power-cycle the servo and try again. If it fails again, the servo is defective.',
    values: { id: to.id, heldId: held['id']!, baudRate: code, heldBaudRate: held['baudRate']! },
  });
}

async function respondsToPing(bus: ServoBus, id: number, clock: Clock): Promise<boolean> {
  for (let i = 0; i < VERIFY_PINGS; i++) {
    if ((await bus.ping(id)) !== null) return true;
    await new Promise<void>((resolve) => clock.setTimer(clock.nowNs() + PING_PERIOD_MS * NS_PER_MS, resolve));
  }
  return false;
}
