import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { ServoBus } from '../port.ts';
import { readOne } from './register-values.ts';

const MAX_ATTEMPTS = 3;

/** Codes after which a write may have been done all the same: the answer alone is missing, damaged or tells of a fault. */
const POSSIBLY_WRITTEN_CODES = new Set([
  'E_SERVO_STATUS',
  'E_SERVO_NO_REPLY',
  'E_SERVO_CHECKSUM',
  'E_SERVO_WRONG_LENGTH',
  'E_SERVO_WRONG_ID',
]);

/** Resolves when the write was confirmed or may have been done all the same: reading back tells. Throws any other failure. */
export async function writeUnconfirmed(bus: ServoBus, id: number, register: string, value: number): Promise<void> {
  const failure = await bus.write(id, register, value).then(() => null, toSoftqdError);
  if (failure !== null && !POSSIBLY_WRITTEN_CODES.has(failure.code)) throw failure;
}

/** Writes one register until it reads back so, three times at most. Throws E_SERVO_REJECTED or what went wrong the last time. */
export async function writeAndVerifyRegisters(
  bus: ServoBus,
  id: number,
  register: string,
  value: number,
): Promise<void> {
  let failure: SoftqdError | null = null;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    failure = await bus.write(id, register, value).then(() => null, toSoftqdError);
    if (failure !== null && !POSSIBLY_WRITTEN_CODES.has(failure.code)) throw failure;
    const held = await readOne(bus, id, [register]).catch(toSoftqdError);
    if (held instanceof SoftqdError) {
      failure = held;
      continue;
    }
    if (held[register] === value) return;
    failure ??= new SoftqdError(
      'E_SERVO_REJECTED',
      `servo ${id}: wrote ${value} to ${register}, it reads ${held[register]!}`,
      { values: { id, register, value, read: held[register]! } },
    );
  }
  throw failure!;
}

/** Lets go: torque off, verified, of every servo. Throws the first failure after all have been tried. */
export async function torqueOff(bus: ServoBus, ids: readonly number[]): Promise<void> {
  let failure: unknown = null;
  for (const id of ids) {
    try {
      await writeAndVerifyRegisters(bus, id, 'torqueEnable', 0);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== null) throw toSoftqdError(failure);
}

/**
 * Writes registers that survive power-off, by difference only: torque off, lock open (Feetech), write, read back, lock. Returns the
 * names of those that were written. Throws what a write throws; the lock is closed in any case.
 */
export async function writeEeprom(
  bus: ServoBus,
  id: number,
  wanted: Readonly<Record<string, number>>,
): Promise<readonly string[]> {
  const held = await readOne(bus, id, Object.keys(wanted));
  const different = Object.entries(wanted).filter(([name, value]) => held[name] !== value);
  if (different.length === 0) return [];
  const locks = bus.registers['lock'] !== undefined;
  await writeAndVerifyRegisters(bus, id, 'torqueEnable', 0);
  if (locks) await writeAndVerifyRegisters(bus, id, 'lock', 0);
  try {
    for (const [name, value] of different) await writeAndVerifyRegisters(bus, id, name, value);
  } finally {
    if (locks) await writeAndVerifyRegisters(bus, id, 'lock', 1);
  }
  return different.map(([name]) => name);
}
