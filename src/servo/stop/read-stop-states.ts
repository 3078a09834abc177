import type { RobotSpec } from '../../robot/robot-spec.ts';
import { STOP_ATTEMPTS } from '../bus/retry.ts';
import type { ServoBus, ServoReply } from '../port.ts';
import { readRegister } from '../../wire/registers.ts';
import { readSpan } from '../registers/read-registers.ts';
import { registerOf } from '../registers/register-of.ts';
import type { ServoStopState } from './stop-settings.ts';

/** The part of a robot file that a stop needs. */
export interface StoppableRobot {
  readonly name: string;
  readonly servoBus?: Pick<NonNullable<RobotSpec['servoBus']>, 'servos'> | undefined;
}

/**
 * Reads what a stop needs to know from the servos themselves, in joint order; null for a servo that does not reply. Never rejects while
 * the bus is open. For servos that another process has armed, and where there is no reading.
 */
export async function readStopStates(
  bus: ServoBus,
  robot: StoppableRobot,
  attempts = STOP_ATTEMPTS,
): Promise<readonly (ServoStopState | null)[]> {
  const { protocol } = bus;
  const servos = robot.servoBus?.servos ?? [];
  const ids = servos.map(({ id }) => id);
  const [[dampRegister, dampValue]] = protocol.stop.damp;
  const names = ['torqueEnable', 'goalPosition', 'minimumPosition', 'maximumPosition', protocol.torqueLimit.source];
  const state = await readSpan(bus, ids, protocol.stateBlock, attempts);
  const values = new Map<string, ReadonlyMap<number, number>>();
  for (const name of new Set([...names, dampRegister])) values.set(name, await readOne(bus, ids, name, attempts));
  return servos.map(({ id, modelNumber, travelPerTurnRadOrM }) => {
    const [torque, goal, minimum, maximum, fullLimit] = names.map((name) => values.get(name)?.get(id));
    const block = dataOf(state.get(id));
    if (block === null || torque === undefined || goal === undefined || fullLimit === undefined) return null;
    const { positionSteps, load } = protocol.parseState(block, modelNumber);
    return {
      torque: torque === 0 ? 'off' : values.get(dampRegister)?.get(id) === dampValue ? 'damp' : 'on',
      positionSteps,
      offsetSteps: goal - positionSteps,
      load: Math.min(1, Math.abs(load)),
      minimumSteps: minimum ?? protocol.positionRange.min,
      maximumSteps: maximum ?? protocol.positionRange.max,
      fullLimit,
      radOrMPerStep: Math.abs(travelPerTurnRadOrM) / protocol.stepsPerTurn,
    };
  });
}

/** One register of several servos; servos that do not reply are not in the result. */
export async function readOne(
  bus: ServoBus,
  ids: readonly number[],
  name: string,
  attempts = STOP_ATTEMPTS,
): Promise<ReadonlyMap<number, number>> {
  const register = registerOf(bus.protocol, name);
  const replies = await readSpan(bus, ids, { address: register.address, length: register.size }, attempts);
  const found = new Map<number, number>();
  for (const id of ids) {
    const data = dataOf(replies.get(id));
    if (data !== null) found.set(id, readRegister(register, data));
  }
  return found;
}

function dataOf(reply: ServoReply | undefined): Uint8Array | null {
  return reply?.kind === 'data' ? reply.data : null;
}
