import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import { NS_PER_MS, type Clock } from '../base/clock.ts';
import {
  VOLTS_PER_STEP,
  describeFault,
  faultNamesOf,
  faultRegister,
  modelName,
  readOne,
  writeAndVerifyRegisters,
  type ServoBus,
} from '../servo/index.ts';

export interface ServoState {
  readonly faults: readonly string[];
  readonly torqueOn: boolean;
  readonly voltageV: number;
  readonly temperatureC: number;
  readonly positionSteps: number;
}

export interface FaultClearResult {
  readonly id: number;
  readonly model: string;
  readonly firmware: string;
  readonly before: ServoState;
  readonly explanations: readonly { readonly fault: string; readonly meaning: string; readonly cause: string }[];
  /** What was done, in order; empty when there was nothing to do. */
  readonly actions: readonly string[];
  readonly after: ServoState;
  /** No fault is left. */
  readonly recovered: boolean;
}

/** How long a servo may take to come back after a reboot. */
const REBOOT_TIMEOUT_MS = 4000;
const POLL_PERIOD_MS = 100;
/** A servo that is powered again tells its old voltage fault for a moment. */
const SETTLE_MS = 300;

/**
 * Clears what one servo latched: torque off; Feetech forgets an overload with that, else it is restarted; Dynamixel is rebooted, which
 * is the only thing that clears its hardware errors. Torque stays off. Throws E_SERVO_NO_REPLY when it does not answer, before or after.
 */
export async function clearServoFault(bus: ServoBus, id: number, clock: Clock): Promise<FaultClearResult> {
  const identity = (await bus.ping(id)) ?? (await bus.ping(id));
  if (identity === null) throw noReplyError(bus, id);
  const before = await readState(bus, id);
  const actions: string[] = [];
  let after = before;
  if (before.faults.length > 0 || before.torqueOn) {
    await writeAndVerifyRegisters(bus, id, 'torqueEnable', 0).catch((error: unknown) => {
      // A Dynamixel with a hardware error may refuse; the reboot lets go, too.
      if (bus.protocol !== 'dynamixel') throw error;
    });
    actions.push('torque off');
    await wait(clock, SETTLE_MS);
    after = await readState(bus, id);
  }
  if (after.faults.length > 0) {
    await bus.reboot(id);
    actions.push('restarted');
    await waitForReboot(bus, id, clock);
    after = await readState(bus, id);
  }
  return {
    id,
    model: modelName(bus.protocol, identity.modelNumber),
    firmware: identity.firmware,
    before,
    explanations: before.faults.map((fault) => ({ fault, ...describeFault(fault) })),
    actions,
    after,
    recovered: after.faults.length === 0,
  };
}

async function readState(bus: ServoBus, id: number): Promise<ServoState> {
  const register = faultRegister(bus.protocol);
  const names = [register, 'torqueEnable', 'presentVoltage', 'presentTemperature', 'presentPosition'];
  const values = await readOne(bus, id, names);
  return {
    faults: faultNamesOf(bus.protocol, values[register]!),
    torqueOn: values['torqueEnable'] !== 0,
    voltageV: Number((values['presentVoltage']! * VOLTS_PER_STEP).toFixed(1)),
    temperatureC: values['presentTemperature']!,
    positionSteps: values['presentPosition']!,
  };
}

async function waitForReboot(bus: ServoBus, id: number, clock: Clock): Promise<void> {
  const untilNs = clock.nowNs() + REBOOT_TIMEOUT_MS * NS_PER_MS;
  while (clock.nowNs() < untilNs) {
    await wait(clock, POLL_PERIOD_MS);
    const found = await bus.ping(id).catch((thrown: unknown) => {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
      return null;
    });
    if (found !== null) {
      await wait(clock, SETTLE_MS);
      return;
    }
  }
  throw new SoftqdError(
    'E_SERVO_NO_REPLY',
    `servo ${id} did not respond within ${REBOOT_TIMEOUT_MS / 1000} s after reboot`,
    {
      hint: 'Power-cycle the servo.',
      values: { id },
    },
  );
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(clock.nowNs() + ms * NS_PER_MS, resolve));
}

function noReplyError(bus: ServoBus, id: number): SoftqdError {
  return new SoftqdError('E_SERVO_NO_REPLY', `${bus.path} at ${bus.baudRate} baud: servo ${id} does not answer`, {
    hint: `Check power and cable; softqd scan --driver ${bus.protocol}:${bus.path} lists who answers at which baud rate.`,
    values: { id, path: bus.path, baudRate: bus.baudRate },
  });
}
