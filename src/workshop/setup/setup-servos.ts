import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { scanBus, type ScannedRate } from '../scan.ts';
import { baudRatesOf, modelName } from '../servo/models.ts';
import { withBus, type OpenBus } from '../servo/open-bus.ts';
import { isComplete, requireOne } from './judge-scan.ts';
import { numberServo } from './number-servo.ts';
import type { NumberedJoint, SetupPerson } from './person.ts';

export interface SetupServosOptions {
  /** With a servo bus. */
  readonly robot: RobotSpec;
  readonly open: OpenBus;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** Where to look; every baud rate of the protocol when absent. */
  readonly baudRates?: readonly number[];
  /** Only this joint, without a question; null: every joint, each after a question. */
  readonly joint: string | null;
  /** The joint to begin with; null: the last one. */
  readonly from: string | null;
  readonly person: SetupPerson;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What is wrong with what is connected: a person can put it right and press Enter again. */
const CAN_BE_MENDED = new Set(['E_SERVO_NO_REPLY', 'E_SERVO_NOT_ALONE', 'E_SERVO_WRONG_MODEL']);

/**
 * Numbers servos fresh from the box: one joint after the other, the last one first, each servo alone on the bus. The bus is open only
 * while something is looked for or written, so that plugs can be pulled between. Ctrl-C ends it between two steps, never within a write;
 * what is done stays done. Throws E_USAGE (unknown joint, the input ended), E_SERVO_*, what opening the port throws, the signal's reason.
 */
export async function setupServos(options: SetupServosOptions): Promise<readonly NumberedJoint[]> {
  const { robot, open, address, person, signal, joint } = options;
  const { protocol, baudRate } = robot.servoBus!;
  // A port that cannot be opened is said before anybody has plugged anything.
  await withBus(open, { protocol, address, baudRate }, () => Promise.resolve());
  const done: NumberedJoint[] = [];
  for (const index of jointsToDo(options)) {
    signal.throwIfAborted();
    const asks = joint === null;
    const rates = await lookFor(index, asks, options);
    if (asks && isComplete(rates, robot)) {
      person.note(`All servos of ${robot.name} answer, each under its own id: nothing is left to do.`);
      return [...done, ...settled(robot, done)];
    }
    done.push(await numberJoint(index, rates, options));
  }
  return done;
}

/** Indexes in the order in which they are done. Throws E_USAGE for a joint that the robot does not have. */
function jointsToDo({ robot, joint, from }: SetupServosOptions): readonly number[] {
  const wanted = joint ?? from;
  const last = wanted === null ? robot.joints.length - 1 : robot.joints.findIndex(({ name }) => name === wanted);
  if (last < 0) {
    throw new SoftqdError('E_USAGE', `robot ${robot.name} has no joint ${wanted!}`, {
      hint: `Its joints: ${robot.joints.map(({ name }) => name).join(', ')}.`,
      values: { robot: robot.name, joint: wanted },
    });
  }
  return joint !== null ? [last] : Array.from({ length: last + 1 }, (_, i) => last - i);
}

/** Asks and looks, until what is connected is right for this joint (or is the whole robot, numbered). */
async function lookFor(index: number, asks: boolean, options: SetupServosOptions): Promise<readonly ScannedRate[]> {
  const { robot, person, signal, address } = options;
  const joint = robot.joints[index]!.name;
  for (;;) {
    if (asks) await person.enter({ step: 'connect', joint, text: question(robot, index) }, signal);
    const rates = await scan(joint, options);
    signal.throwIfAborted();
    if (asks && isComplete(rates, robot)) return rates;
    try {
      requireOne(rates, robot, { joint: index, address });
      return rates;
    } catch (error) {
      if (!asks || !(error instanceof SoftqdError) || !CAN_BE_MENDED.has(error.code)) throw error;
      person.tell({ event: 'trouble', joint, code: error.code, text: error.message, hint: error.hint });
    }
  }
}

function question(robot: RobotSpec, index: number): string {
  const { protocol, servos } = robot.servoBus!;
  const { id, modelNumber } = servos[index]!;
  const { name } = robot.joints[index]!;
  return `Connect only the servo of ${name} (${modelName(protocol, modelNumber)}, becomes id ${id}) to the adapter, power on, and press Enter.`;
}

/** The robot's own rate first: a second run finds servos there. */
function scan(joint: string, options: SetupServosOptions): Promise<ScannedRate[]> {
  const { robot, open, address, person, signal } = options;
  const { protocol, baudRate } = robot.servoBus!;
  const rates = options.baudRates ?? baudRatesOf(protocol);
  let told = 0;
  return scanBus({
    open,
    protocol,
    address,
    baudRates: [baudRate, ...rates.filter((rate) => rate !== baudRate)],
    onProgress: ({ baudRate: now }) => {
      if (now === told) return;
      told = now;
      person.tell({ event: 'scanning', joint, baudRate: now });
    },
    signal,
  });
}

async function numberJoint(
  index: number,
  rates: readonly ScannedRate[],
  { robot, open, address, clock, person }: SetupServosOptions,
): Promise<NumberedJoint> {
  const { protocol, baudRate, servos } = robot.servoBus!;
  const { servo, baudRate: foundAt } = requireOne(rates, robot, { joint: index, address });
  const joint = robot.joints[index]!.name;
  if (servo.faults.length > 0)
    person.note(`${joint}: its servo reports ${servo.faults.join(', ')}; see softqd recover.`);
  const before = { id: servo.id, baudRate: foundAt };
  const { id } = servos[index]!;
  const written = await numberServo({ open, protocol, address, clock, from: before, to: { id, baudRate } });
  const numbered = { joint, id, model: servo.model, baudRate, before, written };
  person.tell({ event: 'joint', ...numbered });
  return numbered;
}

/** The joints that were found right together. */
function settled(robot: RobotSpec, done: readonly NumberedJoint[]): readonly NumberedJoint[] {
  const { protocol, baudRate, servos } = robot.servoBus!;
  return servos.flatMap(({ id, modelNumber }, i) => {
    const joint = robot.joints[i]!.name;
    if (done.some((other) => other.joint === joint)) return [];
    return [{ joint, id, model: modelName(protocol, modelNumber), baudRate, before: { id, baudRate }, written: [] }];
  });
}
