import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { scanBus, type ScannedRate } from '../scan.ts';
import { baudRatesOf, modelName, withBus, type OpenBus } from '../../servo/index.ts';
import { isComplete, locatedServos, requireSingleServo, type LocatedServo } from './check-scan.ts';
import { assignServoId } from './assign-servo-id.ts';
import type { AssignedServo, ServoEndpoint, SetupOperator } from './operator.ts';

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
  readonly person: SetupOperator;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a person can put right at the plugs; then Enter again. */
const OPERATOR_FIXABLE_CODES = new Set([
  'E_SERVO_NO_REPLY',
  'E_SERVO_MULTIPLE',
  'E_SERVO_WRONG_MODEL',
  'E_SERVO_WRONG_ID',
  'E_SERVO_CHECKSUM',
  'E_SERIAL_NOT_FOUND',
  'E_SERIAL_LOST',
  'E_SERIAL_BUSY',
]);
/** Every servo's, in its box. */
const FACTORY_ID = 1;

/**
 * Numbers servos fresh from the box: one joint after the other, the last one first, each servo alone on the bus. The bus is open only
 * while something is looked for or written, so that plugs can be pulled between. Ctrl-C ends it between two steps, never within a write;
 * what is done stays done. Throws E_USAGE (unknown joint, the input ended), E_SERVO_*, what opening the port throws, the signal's reason.
 */
export async function setupServos(options: SetupServosOptions): Promise<readonly AssignedServo[]> {
  const { robot, open, address, person, signal, joint } = options;
  const { protocol, baudRate } = robot.servoBus!;
  // A port that cannot be opened is said before anybody has plugged anything.
  await withBus(open, { protocol, address, baudRate }, () => Promise.resolve());
  const done: AssignedServo[] = [];
  for (const index of pendingJoints(options)) {
    signal.throwIfAborted();
    const numbered = joint === null ? await configureUntilDone(index, options) : await numberJoint(index, options);
    if (numbered === null) {
      person.note(`All servos of ${robot.name} are already configured.`);
      return [...done, ...alreadyConfigured(robot, done)];
    }
    done.push(numbered);
  }
  return done;
}

/** Indexes in the order in which they are done. Throws E_USAGE for a joint that the robot does not have. */
function pendingJoints({ robot, joint, from }: SetupServosOptions): readonly number[] {
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

/** Asks, looks and writes until this joint is done; null: the whole robot is connected, and right. */
async function configureUntilDone(index: number, options: SetupServosOptions): Promise<AssignedServo | null> {
  const { robot, person, signal } = options;
  const joint = robot.joints[index]!.name;
  for (;;) {
    await person.enter({ step: 'connect', joint, text: promptText(robot, index) }, signal);
    try {
      return await numberJoint(index, options);
    } catch (error) {
      if (!(error instanceof SoftqdError) || !OPERATOR_FIXABLE_CODES.has(error.code)) throw error;
      person.tell({ event: 'problem', joint, code: error.code, text: error.message, hint: error.hint });
    }
  }
}

function promptText(robot: RobotSpec, index: number): string {
  const { protocol, servos } = robot.servoBus!;
  const { id, modelNumber } = servos[index]!;
  const { name } = robot.joints[index]!;
  return `Connect only the servo of ${name} to the adapter: ${modelName(protocol, modelNumber)}, becomes id ${id}. Power on, press Enter.`;
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

/** Looks who is connected and numbers it; null: it is the whole robot, and right, and every joint was to be done. */
async function numberJoint(index: number, options: SetupServosOptions): Promise<AssignedServo | null> {
  const { robot, open, address, clock, person, signal } = options;
  const { protocol, baudRate, servos } = robot.servoBus!;
  const joint = robot.joints[index]!.name;
  const rates = await scan(joint, options);
  person.tell({ event: 'found', joint, servos: locatedServos(rates).map(toEndpoint) });
  signal.throwIfAborted();
  if (options.joint === null && isComplete(rates, robot)) return null;
  const { servo, baudRate: foundAt } = requireSingleServo(rates, robot, { joint: index, address });
  const before = { id: servo.id, baudRate: foundAt };
  rejectAssignedServo(before, index, options);
  if (servo.faults.length > 0)
    person.note(`${joint}: servo reports ${servo.faults.join(', ')}; see softqd clear-fault.`);
  const { id } = servos[index]!;
  const written = await assignServoId({ open, protocol, address, clock, from: before, to: { id, baudRate } });
  const numbered = { joint, id, model: servo.model, baudRate, before, written };
  person.tell({ event: 'servo', ...numbered });
  return numbered;
}

function toEndpoint({ servo: { id, model }, baudRate }: LocatedServo): ServoEndpoint & { readonly model: string } {
  return { id, baudRate, model };
}

/**
 * A servo with the number of a joint that comes earlier in the order was numbered before: nobody has changed the plugs since. Asked for
 * one joint alone, a person means it. Throws E_SERVO_WRONG_ID.
 */
function rejectAssignedServo(servo: ServoEndpoint, index: number, { robot, joint }: SetupServosOptions): void {
  const { baudRate, servos } = robot.servoBus!;
  const earlier = servos.findIndex(({ id }, i) => i > index && id === servo.id);
  if (joint !== null || earlier < 0 || servo.id === FACTORY_ID || servo.baudRate !== baudRate) return;
  const wanted = robot.joints[index]!.name;
  const other = robot.joints[earlier]!.name;
  throw new SoftqdError('E_SERVO_WRONG_ID', `the connected servo is already configured for ${other} (ID ${servo.id})`, {
    hint: `Connect the servo of ${wanted}. To reassign this servo anyway: softqd setup-servos --joint ${wanted}.`,
    values: { id: servo.id, joint: wanted, numberedFor: other },
  });
}

/** The joints that were found right together. */
function alreadyConfigured(robot: RobotSpec, done: readonly AssignedServo[]): readonly AssignedServo[] {
  const { protocol, baudRate, servos } = robot.servoBus!;
  return servos.flatMap(({ id, modelNumber }, i) => {
    const joint = robot.joints[i]!.name;
    if (done.some((other) => other.joint === joint)) return [];
    return [{ joint, id, model: modelName(protocol, modelNumber), baudRate, before: { id, baudRate }, written: [] }];
  });
}
