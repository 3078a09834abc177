import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { FoundServo, ScannedRate } from '../scan.ts';
import { modelName } from '../../servo/index.ts';

/** A servo and the baud rate at which it was found. */
export interface LocatedServo {
  readonly servo: FoundServo;
  readonly baudRate: number;
}

export function locatedServos(rates: readonly ScannedRate[]): readonly LocatedServo[] {
  return rates.flatMap(({ baudRate, servos }) => servos.map((servo) => ({ servo, baudRate })));
}

/**
 * The only servo on the bus, and it is one for this joint. Throws E_SERVO_NO_REPLY when there is none, E_SERVO_MULTIPLE when there are
 * several, E_SERVO_WRONG_MODEL.
 */
export function requireSingleServo(
  rates: readonly ScannedRate[],
  robot: RobotSpec,
  { joint, address }: { readonly joint: number; readonly address: string },
): LocatedServo {
  const { protocol, servos } = robot.servoBus!;
  const { name } = robot.joints[joint]!;
  const found = locatedServos(rates);
  const unclear = rates.flatMap(({ baudRate, unidentified }) => unidentified.map((odd) => ({ ...odd, baudRate })));
  const [only] = found;
  if (found.length > 1 || unclear.length > 0) {
    const list = [
      ...found.map(({ servo, baudRate }) => `id ${servo.id}, ${servo.model}, at ${baudRate} baud`),
      ...unclear.map(
        ({ id, baudRate }) => `id ${id} at ${baudRate} baud, corrupt replies, possibly two servos with this ID`,
      ),
    ];
    const who = list.length === 1 ? 'expected one servo' : `${list.length} servos replied`;
    throw new SoftqdError('E_SERVO_MULTIPLE', `${who}: ${list.join('; ')}`, {
      hint: `Connect only the servo for ${name}.`,
      values: { joint: name, ids: [...found.map(({ servo }) => servo.id), ...unclear.map(({ id }) => id)] },
    });
  }
  if (only === undefined) {
    throw new SoftqdError('E_SERVO_NO_REPLY', `${address}: no servo found at any baud rate`, {
      hint: `Check power, and the cable between the adapter and the servo for ${name}.`,
      values: { joint: name, address },
    });
  }
  const { modelNumber } = servos[joint]!;
  if (only.servo.modelNumber === modelNumber) return only;
  throw new SoftqdError(
    'E_SERVO_WRONG_MODEL',
    `${name} of ${robot.name} is ${modelName(protocol, modelNumber)}; the connected servo (id ${only.servo.id}) is ${only.servo.model}`,
    {
      hint: `Connect a servo of the right model, or correct the robot file. Nothing was written.`,
      values: { joint: name, expected: modelNumber, got: only.servo.modelNumber },
    },
  );
}

/** Whether exactly the robot's servos are there, all as the robot file has them. */
export function isComplete(rates: readonly ScannedRate[], robot: RobotSpec): boolean {
  const { baudRate, servos } = robot.servoBus!;
  const [rate, ...others] = rates;
  if (rate === undefined || others.length > 0 || rate.baudRate !== baudRate || rate.unidentified.length > 0)
    return false;
  if (rate.servos.length !== servos.length) return false;
  return servos.every(({ id, modelNumber }) =>
    rate.servos.some((servo) => servo.id === id && servo.modelNumber === modelNumber),
  );
}
