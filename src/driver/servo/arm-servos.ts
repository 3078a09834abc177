import { SoftqdError } from '../../base/errors.ts';
import {
  configureServos,
  DRIVING_RETRIES,
  identifyServos,
  lockEeprom,
  readRegister,
  readSpan,
  requireHealthy,
  servosByJoint,
  writeAndVerify,
  type JointMap,
  type RegisterValue,
} from '../../servo/index.ts';
import type { RobotServos } from './robot-servos.ts';
import { stopServos } from './stop-servos.ts';

/** A joint at rest may be this far outside its range (4.4 degrees); it is armed at the end of the range. */
const RANGE_TOLERANCE_STEPS = 50;

/**
 * Verifies all servos again (one that lost power has lost its gains, and may have been replaced), then arms. `checkpoint` is called
 * between two steps and throws when arming was canceled. After any error the servos are stopped. Returns the goals in steps. Throws
 * E_SERVO_*, E_SAFETY_STATE when a joint is outside its range.
 */
export async function verifyAndArm(
  servos: RobotServos,
  maps: readonly JointMap[],
  { watchdogMs, checkpoint }: { readonly watchdogMs: number; readonly checkpoint: () => void },
): Promise<readonly number[]> {
  const { bus, robot, logger } = servos;
  try {
    await identifyServos(bus, robot);
    checkpoint();
    await configureServos(bus, robot, logger);
    checkpoint();
    const goals = await armServos(servos, maps, watchdogMs);
    checkpoint();
    return goals;
  } catch (error) {
    await stopServos(servos);
    throw error;
  }
}

/**
 * Enables torque at the present positions, in this order: faults checked, bus watchdog cleared, goal := present position, torque on,
 * faults checked again, bus watchdog started. A goal is never written before this to a servo without torque, because some firmware
 * enables torque on a goal.
 */
async function armServos(
  servos: RobotServos,
  maps: readonly JointMap[],
  watchdogMs: number,
): Promise<readonly number[]> {
  const { bus, robot } = servos;
  const { watchdog } = bus.protocol;
  const ids = servosByJoint(robot).map(({ spec }) => spec.id);
  await requireHealthy(bus, robot);
  for (const id of ids) await prepareServo(servos, id);
  const goals = await goalsAtPresentPosition(servos, maps);
  for (const [i, id] of ids.entries()) await write(servos, id, { name: 'goalPosition', value: goals[i]! });
  for (const id of ids) await write(servos, id, { name: 'torqueEnable', value: 1 });
  await requireHealthy(bus, robot);
  if (watchdog !== null) {
    const value = Math.min(watchdog.max, Math.max(1, Math.ceil(watchdogMs / watchdog.msPerStep)));
    for (const id of ids) await write(servos, id, { name: watchdog.register, value });
  }
  return goals;
}

/** Clears the bus watchdog, restores a register that must equal another one, and closes an open EEPROM lock. */
async function prepareServo(servos: RobotServos, id: number): Promise<void> {
  const { watchdog, copiedOnArming, lock } = servos.bus.protocol;
  const read = (name: string): Promise<number> => readRegister(servos.bus, id, name, DRIVING_RETRIES);
  if (watchdog !== null) await write(servos, id, { name: watchdog.register, value: watchdog.off });
  if (copiedOnArming !== null) {
    const [name, from] = copiedOnArming;
    const value = await read(from);
    if ((await read(name)) !== value) await write(servos, id, { name, value });
  }
  if (lock !== null && (await read(lock)) !== 1) await lockEeprom(servos.bus, id, DRIVING_RETRIES);
}

function write({ bus }: RobotServos, id: number, setting: RegisterValue): Promise<void> {
  return writeAndVerify(bus, id, setting, DRIVING_RETRIES);
}

/** The present position of every servo, moved into its range where it is slightly outside. */
async function goalsAtPresentPosition(
  { bus, robot }: RobotServos,
  maps: readonly JointMap[],
): Promise<readonly number[]> {
  const { stateBlock } = bus.protocol;
  const servos = servosByJoint(robot);
  const ids = servos.map(({ spec }) => spec.id);
  const replies = await readSpan(bus, ids, stateBlock, DRIVING_RETRIES.groupReads);
  return servos.map(({ spec: { id }, joint }, i) => {
    const reply = replies.get(id);
    if (reply?.kind !== 'data') {
      throw new SoftqdError(
        'E_SERVO_NO_REPLY',
        `${robot.name}: cannot read the position of servo ${id} (${joint}): ${reply?.detail ?? 'no reply'}`,
        { values: { id, joint } },
      );
    }
    const { positionSteps } = bus.protocol.parseState(reply.data);
    const { minimumSteps, maximumSteps } = maps[i]!;
    const goal = maps[i]!.clip(positionSteps);
    if (Math.abs(goal - positionSteps) <= RANGE_TOLERANCE_STEPS) return goal;
    throw new SoftqdError(
      'E_SAFETY_STATE',
      `${robot.name}: ${joint} (servo ${id}) is at step ${positionSteps}, outside its range ${minimumSteps} to ${maximumSteps}`,
      {
        hint: 'Move the joint into its range by hand or recalibrate, then arm again.',
        values: { id, joint, positionSteps },
      },
    );
  });
}
