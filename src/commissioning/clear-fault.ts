import { NS_PER_MS, type Clock } from '../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import {
  COMMISSIONING_RETRIES,
  describeFault,
  identifyServo,
  modelName,
  requireRegisters,
  writeAndVerify,
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
  readonly explanations: readonly { readonly fault: string; readonly meaning: string; readonly remedy: string }[];
  /** What was done, in order; empty when nothing was. */
  readonly actions: readonly string[];
  readonly after: ServoState;
  /** No fault remains. */
  readonly recovered: boolean;
}

/** Longest wait for a servo after a reboot. */
const REBOOT_TIMEOUT_MS = 4000;
const POLL_PERIOD_MS = 100;
/** A servo that has just been powered reports its previous voltage fault for a short time. */
const SETTLE_MS = 300;

/**
 * Clears the latched faults of one servo: torque off, which clears a Feetech overload; then a reboot if a fault remains, which is the
 * only way to clear a Dynamixel hardware error. Torque stays off. A servo without a fault is left alone: it may hold a joint. `onTorqueOff`
 * is called before the torque of a servo that has it is turned off; what it rejects with leaves the servo as it was. Throws
 * E_SERVO_NO_REPLY when the servo does not reply before or after.
 */
export async function clearServoFault(
  bus: ServoBus,
  id: number,
  clock: Clock,
  onTorqueOff: (before: ServoState) => Promise<void>,
): Promise<FaultClearResult> {
  const identity = await identifyServo(bus, id, COMMISSIONING_RETRIES.pings);
  if (identity === null) throw noReplyError(bus, id);
  const before = await readState(bus, id);
  const actions: string[] = [];
  let after = before;
  if (before.faults.length > 0) {
    if (before.torqueOn) await onTorqueOff(before);
    await writeAndVerify(bus, id, { name: 'torqueEnable', value: 0 }, COMMISSIONING_RETRIES).catch((error: unknown) => {
      // A servo with a fault may reject the write where faults need a reboot, which turns torque off, too.
      if (!bus.protocol.faultsNeedReboot) throw error;
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
  const { faultRegister, faultNames, voltsPerStep } = bus.protocol;
  const names = [faultRegister, 'torqueEnable', 'presentVoltage', 'presentTemperature', 'presentPosition'];
  const [values = {}] = await requireRegisters(bus, [id], names);
  return {
    faults: faultNames(values[faultRegister]!),
    torqueOn: values['torqueEnable'] !== 0,
    voltageV: Number((values['presentVoltage']! * voltsPerStep).toFixed(1)),
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
  return new SoftqdError('E_SERVO_NO_REPLY', `${bus.path} at ${bus.baudRate} baud: no reply from servo ${id}`, {
    hint: `Check power and cable. To list servos and their baud rates, run softqd scan --driver ${bus.protocol.name}:${bus.path}.`,
    values: { id, path: bus.path, baudRate: bus.baudRate },
  });
}
