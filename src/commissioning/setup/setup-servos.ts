import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { scanBus, type ScannedRate } from '../scan.ts';
import { modelName, servoProtocol, withBus, type OpenBus } from '../../servo/index.ts';
import { isComplete, locatedServos, requireSingleServo, type LocatedServo } from './check-scan.ts';
import { assignServoId } from './assign-servo-id.ts';
import type { AssignedServo, ServoEndpoint, SetupOperator } from './operator.ts';

export interface SetupServosOptions {
  /** With a servo bus. */
  readonly robot: RobotSpec;
  readonly open: OpenBus;
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  /** Baud rates to scan; every baud rate of the protocol when absent. */
  readonly baudRates?: readonly number[];
  /** Configure only this joint, without prompting; null: every joint, each after a prompt. */
  readonly joint: string | null;
  /** The first joint; null: the last one of the robot. */
  readonly from: string | null;
  readonly person: SetupOperator;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Errors that the operator can fix by connecting another servo; the prompt is repeated. */
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
/** ID of a new servo. */
const FACTORY_ID = 1;

/**
 * Assigns IDs and the baud rate to new servos: one joint after the other, the last one first, each servo alone on the bus. The bus is open
 * only during a scan or a write, so that cables can be changed between. Ctrl-C ends it between two steps, never within a write; finished
 * joints stay configured. Throws E_USAGE (unknown joint, end of input), E_SERVO_*, errors of opening the port, the signal's reason.
 */
export async function setupServos(options: SetupServosOptions): Promise<readonly AssignedServo[]> {
  const { robot, open, address, person, signal, joint } = options;
  const { protocol, baudRate } = robot.servoBus!;
  // Reports a port that cannot be opened before the first prompt.
  await withBus(open, { protocol, address, baudRate }, () => Promise.resolve());
  const done: AssignedServo[] = [];
  for (const index of pendingJoints(options)) {
    signal.throwIfAborted();
    const configured = joint === null ? await configureUntilDone(index, options) : await configureJoint(index, options);
    if (configured === null) {
      person.info(`All servos of ${robot.name} are already configured.`);
      return [...done, ...alreadyConfigured(robot, done)];
    }
    done.push(configured);
  }
  return done;
}

/** Joint indexes in the order of configuration. Throws E_USAGE for an unknown joint. */
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

/** Prompts, scans and writes until this joint is configured; null: the whole robot is connected and configured. */
async function configureUntilDone(index: number, options: SetupServosOptions): Promise<AssignedServo | null> {
  const { robot, person, signal } = options;
  const joint = robot.joints[index]!.name;
  for (;;) {
    await person.waitForEnter({ step: 'connect', joint, text: promptText(robot, index) }, signal);
    try {
      return await configureJoint(index, options);
    } catch (error) {
      if (!(error instanceof SoftqdError) || !OPERATOR_FIXABLE_CODES.has(error.code)) throw error;
      person.emit({ event: 'problem', joint, code: error.code, text: error.message, hint: error.hint });
    }
  }
}

function promptText(robot: RobotSpec, index: number): string {
  const { protocol, servos } = robot.servoBus!;
  const { id, modelNumber } = servos[index]!;
  const { name } = robot.joints[index]!;
  return `Connect only the servo of ${name} to the adapter: ${modelName(servoProtocol(protocol), modelNumber)}, becomes ID ${id}. Power on, press Enter.`;
}

/** The baud rate of the robot first: configured servos use it. */
function scan(joint: string, options: SetupServosOptions): Promise<ScannedRate[]> {
  const { robot, open, address, person, signal } = options;
  const { protocol, baudRate } = robot.servoBus!;
  const rates = options.baudRates ?? servoProtocol(protocol).baudRates;
  let reportedRate = 0;
  return scanBus({
    open,
    protocol,
    address,
    baudRates: [baudRate, ...rates.filter((rate) => rate !== baudRate)],
    onProgress: ({ baudRate: now }) => {
      if (now === reportedRate) return;
      reportedRate = now;
      person.emit({ event: 'scanning', joint, baudRate: now });
    },
    signal,
  });
}

/** Scans for the connected servo and configures it; null: the whole robot is connected and configured, and every joint was requested. */
async function configureJoint(index: number, options: SetupServosOptions): Promise<AssignedServo | null> {
  const { robot, open, address, clock, person, signal } = options;
  const { protocol, baudRate, servos } = robot.servoBus!;
  const joint = robot.joints[index]!.name;
  const rates = await scan(joint, options);
  person.emit({ event: 'found', joint, servos: locatedServos(rates).map(toEndpoint) });
  signal.throwIfAborted();
  if (options.joint === null && isComplete(rates, robot)) return null;
  const { servo, baudRate: foundAt } = requireSingleServo(rates, robot, { joint: index, address });
  const before = { id: servo.id, baudRate: foundAt };
  rejectAssignedServo(before, index, options);
  if (servo.faults.length > 0)
    person.info(`${joint}: servo reports ${servo.faults.join(', ')}; see softqd clear-fault.`);
  const { id } = servos[index]!;
  const written = await assignServoId({ open, protocol, address, clock, from: before, to: { id, baudRate } });
  const configured = { joint, id, model: servo.model, baudRate, before, written };
  person.emit({ event: 'servo', ...configured });
  return configured;
}

function toEndpoint({ servo: { id, model }, baudRate }: LocatedServo): ServoEndpoint & { readonly model: string } {
  return { id, baudRate, model };
}

/**
 * Rejects a servo with the ID of a joint that was configured earlier in this order: the cable was not changed since. With a single joint
 * requested, the servo is reassigned. Throws E_SERVO_WRONG_ID.
 */
function rejectAssignedServo(servo: ServoEndpoint, index: number, { robot, joint }: SetupServosOptions): void {
  const { baudRate, servos } = robot.servoBus!;
  const earlier = servos.findIndex(({ id }, i) => i > index && id === servo.id);
  if (joint !== null || earlier < 0 || servo.id === FACTORY_ID || servo.baudRate !== baudRate) return;
  const wanted = robot.joints[index]!.name;
  const other = robot.joints[earlier]!.name;
  throw new SoftqdError('E_SERVO_WRONG_ID', `the connected servo is already configured for ${other} (ID ${servo.id})`, {
    hint: `Connect the servo of ${wanted}. To reassign this servo anyway: softqd setup-servos --joint ${wanted}.`,
    values: { id: servo.id, joint: wanted, configuredFor: other },
  });
}

/** The joints that were already configured. */
function alreadyConfigured(robot: RobotSpec, done: readonly AssignedServo[]): readonly AssignedServo[] {
  const { protocol, baudRate, servos } = robot.servoBus!;
  return servos.flatMap(({ id, modelNumber }, i) => {
    const joint = robot.joints[i]!.name;
    if (done.some((other) => other.joint === joint)) return [];
    return [
      {
        joint,
        id,
        model: modelName(servoProtocol(protocol), modelNumber),
        baudRate,
        before: { id, baudRate },
        written: [],
      },
    ];
  });
}
