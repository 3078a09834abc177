import { SoftqdError } from '../../base/errors.ts';
import { isRetryable, type RetryPolicy } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import { readRegister } from './read-registers.ts';
import { registerOf } from './register-of.ts';

export interface RegisterValue {
  readonly name: string;
  readonly value: number;
}

/** Writes one register. Resolves also when only the reply was lost or corrupt: the servo may have executed the write. */
export async function writeUnconfirmed(bus: ServoBus, id: number, { name, value }: RegisterValue): Promise<void> {
  try {
    await bus.write(id, name, value, { ignoreFaults: true });
  } catch (error) {
    if (!isRetryable(error)) throw error;
  }
}

/**
 * Writes one register until it reads back the value. A servo whose response level is being raised may not confirm the write: the value
 * in the register is decisive. Throws E_SERVO_REJECTED when the register does not keep the value, and the errors of ServoBus.
 */
export async function writeAndVerify(
  bus: ServoBus,
  id: number,
  { name, value }: RegisterValue,
  retries: RetryPolicy,
): Promise<void> {
  let held = NaN;
  for (let attempt = 0; attempt < retries.writes; attempt++) {
    await writeUnconfirmed(bus, id, { name, value });
    held = await readRegister(bus, id, name, retries);
    if (held === value) return;
  }
  throw new SoftqdError('E_SERVO_REJECTED', `servo ${id}: wrote ${value} to ${name}, read back ${held}`, {
    hint: 'The servo does not accept this value. Fix the robot file, or check that the firmware supports the register.',
    values: { id, register: name, value, held },
  });
}

/** Turns torque off and unlocks the EEPROM. `onTorqueOff` is called when torque was on. */
export async function unlockEeprom(
  bus: ServoBus,
  id: number,
  retries: RetryPolicy,
  onTorqueOff: () => void = () => undefined,
): Promise<void> {
  const hasTorque = async (): Promise<boolean> => (await readRegister(bus, id, 'torqueEnable', retries)) !== 0;
  // Read twice: a reply does not say which register it contains, and one that is very late may be that of another.
  if ((await hasTorque()) && (await hasTorque())) {
    onTorqueOff();
    await writeAndVerify(bus, id, { name: 'torqueEnable', value: 0 }, retries);
  }
  const { lock } = bus.protocol;
  if (lock !== null) await writeAndVerify(bus, id, { name: lock, value: 0 }, retries);
}

/** Locks the EEPROM where the protocol has a lock. */
export async function lockEeprom(bus: ServoBus, id: number, retries: RetryPolicy): Promise<void> {
  const { lock } = bus.protocol;
  if (lock !== null) await writeAndVerify(bus, id, { name: lock, value: 1 }, retries);
}

/**
 * Sets registers of one servo to the values of `wanted` and writes only those that differ, to avoid EEPROM wear. Registers in
 * EEPROM are written first, with torque off and the lock open; the lock is closed also after an error. RAM registers are then compared
 * again, because a change of the operating mode resets gains. Every write is verified. Returns the names of the registers written.
 */
export async function writeByDifference(
  bus: ServoBus,
  id: number,
  wanted: Readonly<Record<string, number>>,
  { retries, onTorqueOff }: { readonly retries: RetryPolicy; readonly onTorqueOff?: () => void },
): Promise<readonly string[]> {
  const all = Object.entries(wanted).map(([name, value]) => ({
    name,
    value,
    register: registerOf(bus.protocol, name),
  }));
  const different = await differing(bus, id, all, retries);
  const eeprom = different.filter(({ register }) => register.area === 'eeprom');
  if (eeprom.length > 0) {
    await unlockEeprom(bus, id, retries, onTorqueOff);
    try {
      for (const entry of eeprom) await writeAndVerify(bus, id, entry, retries);
    } finally {
      await lockEeprom(bus, id, retries);
    }
  }
  const inRam = all.filter(({ register }) => register.area === 'ram');
  const ram = eeprom.length === 0 ? different : await differing(bus, id, inRam, retries);
  for (const entry of ram) await writeAndVerify(bus, id, entry, retries);
  return [...eeprom, ...ram].map(({ name }) => name);
}

async function differing<T extends RegisterValue>(
  bus: ServoBus,
  id: number,
  wanted: readonly T[],
  retries: RetryPolicy,
): Promise<T[]> {
  const different: T[] = [];
  for (const entry of wanted)
    if ((await readRegister(bus, id, entry.name, retries)) !== entry.value) different.push(entry);
  return different;
}
