import { SoftqdError } from '../../base/errors.ts';
import {
  configureServos,
  DRIVING_RETRIES,
  effortLimit,
  identifyServos,
  lockEeprom,
  readRegister,
  readRegisterTwice,
  requireHealthy,
  servosByJoint,
  writeAndVerify,
  type JointMap,
  type RegisterValue,
} from '../../servo/index.ts';
import { holdGoal, readStopStates, type ServoStopState } from '../../servo/stop/index.ts';
import type { RobotServos } from './robot-servos.ts';

/** A joint at rest may be this far outside its range (4.4 degrees); it is armed at the end of the range. */
const RANGE_TOLERANCE_STEPS = 50;

/** Servos with torque on, in joint order. */
export interface ArmedServos {
  /** In steps. */
  readonly goals: readonly number[];
  /** Torque limit registers. */
  readonly fullLimits: readonly number[];
  /** Joints whose effort could not be limited. */
  readonly effortNotLimited: readonly string[];
}

/**
 * Verifies all servos again (one that lost power has lost its gains, and may have been replaced), then arms. `checkpoint` is called
 * between two steps and throws when arming was canceled. After an error some servos may have torque: the caller stops them. Throws
 * E_SERVO_*, E_SAFETY_STATE when a joint is outside its range.
 */
export async function verifyAndArm(
  servos: RobotServos,
  maps: readonly JointMap[],
  { watchdogMs, checkpoint }: { readonly watchdogMs: number; readonly checkpoint: () => void },
): Promise<ArmedServos> {
  const { bus, robot, logger } = servos;
  await identifyServos(bus, robot);
  checkpoint();
  await configureServos(bus, robot, logger);
  checkpoint();
  const armed = await armServos(servos, maps, watchdogMs);
  checkpoint();
  return armed;
}

/**
 * Enables torque at the present positions, in this order: faults checked, bus watchdog cleared, goal := present position, torque limit
 * by the robot file, torque on, faults checked again, bus watchdog started. The limit follows the goal: a servo that was damped may have an old
 * goal far away. A goal is never written before this to a servo without torque, because some firmware enables torque on a goal.
 */
async function armServos(servos: RobotServos, maps: readonly JointMap[], watchdogMs: number): Promise<ArmedServos> {
  const { bus, robot } = servos;
  const { watchdog, torqueLimit } = bus.protocol;
  const ids = servosByJoint(robot).map(({ spec }) => spec.id);
  await requireHealthy(bus, robot);
  for (const id of ids) await prepareServo(servos, id);
  const states = await requireStates(servos);
  const goals = states.map((state, i) => goalOf(servos, state, { index: i, map: maps[i]! }));
  for (const [i, id] of ids.entries()) await write(servos, id, { name: 'goalPosition', value: goals[i]! });
  const { fullLimits, effortNotLimited } = await effortLimits(servos, states);
  for (const [i, id] of ids.entries()) {
    const value = fullLimits[i]!;
    if ((await read(servos, id, torqueLimit.register)) !== value)
      await write(servos, id, { name: torqueLimit.register, value });
  }
  for (const id of ids) await write(servos, id, { name: 'torqueEnable', value: 1 });
  await requireHealthy(bus, robot);
  if (watchdog !== null) {
    const value = Math.min(watchdog.max, Math.max(1, Math.ceil(watchdogMs / watchdog.msPerStep)));
    for (const id of ids) await write(servos, id, { name: watchdog.register, value });
  }
  return { goals, fullLimits, effortNotLimited };
}

/**
 * Torque limit registers by the robot file's maximum efforts at the present supply voltage, never above the servo's own limit. Reports the
 * joints whose effort cannot be limited.
 */
async function effortLimits(
  servos: RobotServos,
  states: readonly ServoStopState[],
): Promise<Pick<ArmedServos, 'fullLimits' | 'effortNotLimited'>> {
  const { bus, robot, logger } = servos;
  const reasons: string[] = [];
  const effortNotLimited: string[] = [];
  const fullLimits: number[] = [];
  for (const [joint, { fullLimit }] of states.entries()) {
    const { id } = robot.servoBus!.servos[joint]!;
    const volts = await readRegisterTwice(bus, id, 'presentVoltage', DRIVING_RETRIES);
    const limit = effortLimit(bus.protocol, robot, joint, volts * bus.protocol.voltsPerStep);
    if (limit.kind === 'none') {
      reasons.push(limit.reason);
      effortNotLimited.push(robot.joints[joint]!.name);
    }
    fullLimits.push(limit.kind === 'none' ? fullLimit : Math.min(fullLimit, limit.steps));
  }
  if (reasons.length > 0) logger.warning(`${robot.name}: effort not limited: ${reasons.join('; ')}`);
  return { fullLimits, effortNotLimited };
}

/** Clears the bus watchdog and closes an open EEPROM lock. */
async function prepareServo(servos: RobotServos, id: number): Promise<void> {
  const { watchdog, lock } = servos.bus.protocol;
  if (watchdog !== null) await write(servos, id, { name: watchdog.register, value: watchdog.off });
  if (lock !== null && (await read(servos, id, lock)) !== 1) await lockEeprom(servos.bus, id, DRIVING_RETRIES);
}

function read({ bus }: RobotServos, id: number, name: string): Promise<number> {
  return readRegister(bus, id, name, DRIVING_RETRIES);
}

function write({ bus }: RobotServos, id: number, setting: RegisterValue): Promise<void> {
  return writeAndVerify(bus, id, setting, DRIVING_RETRIES);
}

async function requireStates({ bus, robot }: RobotServos): Promise<readonly ServoStopState[]> {
  const states = await readStopStates(bus, robot, DRIVING_RETRIES.groupReads);
  return states.map((state, i) => {
    if (state !== null) return state;
    const { spec, joint } = servosByJoint(robot)[i]!;
    throw new SoftqdError(
      'E_SERVO_NO_REPLY',
      `${robot.name}: cannot read the position of servo ${spec.id} (${joint})`,
      {
        values: { id: spec.id, joint },
      },
    );
  });
}

/**
 * The present position of a servo, moved into its range where it is slightly outside; of one that holds a load already, its goal within
 * the limits of a hold, so that the joint does not sag. Throws E_SAFETY_STATE.
 */
function goalOf(
  { robot }: RobotServos,
  state: ServoStopState,
  { index, map }: { readonly index: number; readonly map: JointMap },
): number {
  const { positionSteps } = state;
  const goal = map.clip(state.torque === 'on' ? holdGoal(state) : positionSteps);
  const { minimumSteps, maximumSteps } = map;
  if (Math.abs(map.clip(positionSteps) - positionSteps) <= RANGE_TOLERANCE_STEPS) return goal;
  const { spec, joint } = servosByJoint(robot)[index]!;
  throw new SoftqdError(
    'E_SAFETY_STATE',
    `${robot.name}: ${joint} (servo ${spec.id}) is at step ${positionSteps}, outside its range ${minimumSteps} to ${maximumSteps}`,
    {
      hint: 'Move the joint into its range by hand or recalibrate, then arm again.',
      values: { id: spec.id, joint, positionSteps },
    },
  );
}
