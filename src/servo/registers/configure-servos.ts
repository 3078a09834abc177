import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ServoCalibration } from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ServoSpec } from '../../robot/servo-bus-spec.ts';
import { retry, isRetryable, MAX_ATTEMPTS } from '../bus/retry.ts';
import type { ServoIdentity } from '../port.ts';
import { servoFault } from '../servo-errors.ts';
import type { SerialServoBus } from '../bus/servo-bus.ts';
import type { ServoFamily } from '../protocols/servo-family.ts';

export interface ServoContext {
  readonly bus: SerialServoBus;
  readonly dialect: ServoFamily;
  readonly robot: RobotSpec;
  readonly logger: Logger;
}

/** About a second and a half before the first servo counts as silent. */
const POWER_UP_ATTEMPTS = 35;

/** The servos of a robot, in joint order. */
export function servosByJoint(robot: RobotSpec): readonly { readonly spec: ServoSpec; readonly joint: string }[] {
  return (robot.servoBus?.servos ?? []).map((spec, i) => ({ spec, joint: robot.joints[i]!.name }));
}

/** Every servo answers and is the model that the robot file states. Throws E_SERVO_NO_REPLY or E_SERVO_WRONG_MODEL naming servo and joint. */
export async function identifyServos({ bus, robot }: ServoContext): Promise<readonly ServoIdentity[]> {
  const found: ServoIdentity[] = [];
  for (const { spec, joint } of servosByJoint(robot)) {
    let identity: ServoIdentity | null = null;
    // The first one may be powering up: so may all of them.
    const tries = found.length === 0 ? POWER_UP_ATTEMPTS : MAX_ATTEMPTS;
    for (let i = 0; i < tries && identity === null; i++) identity = await bus.ping(spec.id);
    if (identity === null) {
      throw new SoftqdError(
        'E_SERVO_NO_REPLY',
        `${robot.name}: no reply from servo ${spec.id} (${joint}) at ${bus.baudRate} baud`,
        {
          values: { id: spec.id, joint, baudRate: bus.baudRate, found: found.map(({ id }) => id) },
        },
      );
    }
    if (identity.modelNumber !== spec.modelNumber)
      throw wrongModel(robot, spec, { joint, got: identity.modelNumber, bus });
    found.push(identity);
  }
  return found;
}

function wrongModel(
  robot: RobotSpec,
  { id, modelNumber }: ServoSpec,
  { joint, got, bus }: { joint: string; got: number; bus: SerialServoBus },
): SoftqdError {
  const named = (model: number): string => {
    const name = bus.busProtocol.models.get(model);
    return name === undefined ? `model ${model}` : `${name} (model ${model})`;
  };
  return new SoftqdError(
    'E_SERVO_WRONG_MODEL',
    `${robot.name}: servo ${id} (${joint}) is a ${named(got)}, expected ${named(modelNumber)}`,
    {
      values: { id, joint, got, expected: modelNumber },
    },
  );
}

/** What the servos hold as their calibration. */
export async function readCalibrations({ bus, robot }: ServoContext): Promise<readonly ServoCalibration[]> {
  const held: ServoCalibration[] = [];
  for (const { spec } of servosByJoint(robot)) {
    const read = (name: string): Promise<number> => retry(() => bus.read(spec.id, name, { ignoreFaults: true }));
    held.push({
      id: spec.id,
      homingOffsetSteps: await read('homingOffset'),
      minimumSteps: await read('minimumPosition'),
      maximumSteps: await read('maximumPosition'),
    });
  }
  return held;
}

/** Throws E_SERVO_STATUS naming servo, joint and faults when a servo reports one. */
export async function requireHealthy({ bus, robot, dialect }: ServoContext): Promise<void> {
  for (const [index, { spec }] of servosByJoint(robot).entries()) {
    const bits = await retry(() => bus.read(spec.id, dialect.faultRegister, { ignoreFaults: true }));
    if (bits !== 0) throw servoFault(robot, index, dialect.faultNames(bits));
  }
}

/**
 * Makes the registers what they are to be: reads each, and writes only those that differ, so that EEPROM is never worn. For one in
 * EEPROM the servo lets go and its lock opens for that moment. What was written is read back. Returns how many were written.
 * Throws E_SERVO_REJECTED when a register does not keep its value.
 */
export async function configureServos(site: ServoContext): Promise<number> {
  let written = 0;
  for (const { spec } of servosByJoint(site.robot)) {
    const wanted = Object.entries({ ...site.dialect.settings, ...spec.registers });
    const different: { name: string; value: number; eeprom: boolean }[] = [];
    for (const [name, value] of wanted) {
      if ((await readOne(site, spec.id, name)) === value) continue;
      different.push({ name, value, eeprom: site.bus.registers[name]!.area === 'eeprom' });
    }
    if (different.length === 0) continue;
    // A change of mode puts gains back to the mode's own: EEPROM first.
    const first = different.filter(({ eeprom }) => eeprom);
    if (first.length > 0) await withEepromUnlocked(site, spec.id, () => writeAll(site, spec.id, first));
    const volatile = first.length === 0 ? different : await ramDifferences(site, spec);
    await writeAll(site, spec.id, volatile);
    written += first.length + volatile.length;
    site.logger.info(`${site.robot.name}: servo ${spec.id} configured`, {
      registers: different.map(({ name }) => name),
    });
  }
  return written;
}

async function ramDifferences(site: ServoContext, spec: ServoSpec): Promise<{ name: string; value: number }[]> {
  const different: { name: string; value: number }[] = [];
  for (const [name, value] of Object.entries({ ...site.dialect.settings, ...spec.registers })) {
    if (site.bus.registers[name]!.area === 'ram' && (await readOne(site, spec.id, name)) !== value)
      different.push({ name, value });
  }
  return different;
}

function readOne({ bus }: ServoContext, id: number, name: string): Promise<number> {
  return retry(() => bus.read(id, name, { ignoreFaults: true }));
}

async function writeAll(
  site: ServoContext,
  id: number,
  registers: readonly { readonly name: string; readonly value: number }[],
): Promise<void> {
  for (const { name, value } of registers) await writeAndVerify(site, { id, name, value });
}

/** Writes until the servo reads so. A servo whose response level is being raised may not confirm: what it holds then counts. */
export async function writeAndVerify(
  site: ServoContext,
  { id, name, value }: { readonly id: number; readonly name: string; readonly value: number },
): Promise<void> {
  let got = NaN;
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    await site.bus.write(id, name, value, { ignoreFaults: true }).catch((error: unknown) => {
      if (!isRetryable(error)) throw error;
    });
    got = await readOne(site, id, name);
    if (got === value) return;
  }
  throw new SoftqdError(
    'E_SERVO_REJECTED',
    `${site.robot.name}: servo ${id}: wrote ${name} to ${got}, read back ${value}`,
    {
      hint: 'The servo does not accept this value. Fix the robot file, or check that the firmware supports the register.',
      values: { id, register: name, value, got },
    },
  );
}

async function withEepromUnlocked(site: ServoContext, id: number, write: () => Promise<void>): Promise<void> {
  const { lock } = site.dialect;
  if ((await readOne(site, id, 'torqueEnable')) !== 0) {
    site.logger.warning(`${site.robot.name}: torque of servo ${id} is off while its settings are written`);
    await writeAndVerify(site, { id, name: 'torqueEnable', value: 0 });
  }
  if (lock === null) {
    await write();
    return;
  }
  await writeAndVerify(site, { id, name: lock, value: 0 });
  try {
    await write();
  } finally {
    await writeAndVerify(site, { id, name: lock, value: 1 });
  }
}
