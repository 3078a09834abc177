import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { FoundServo, ScannedRate } from '../scan.ts';
import { modelName, servoProtocol } from '../../servo/index.ts';

/** A servo and the baud rate at which it was found. */
export interface LocatedServo {
  readonly servo: FoundServo;
  readonly baudRate: number;
}

export function locatedServos(rates: readonly ScannedRate[]): readonly LocatedServo[] {
  return rates.flatMap(({ baudRate, servos }) => servos.map((servo) => ({ servo, baudRate })));
}

/**
 * The only servo on the bus, which has the model of this joint. Throws E_SERVO_NO_REPLY when there is none, E_SERVO_MULTIPLE when there
 * are several, E_SERVO_WRONG_MODEL.
 */
export function requireSingleServo(
  rates: readonly ScannedRate[],
  robot: RobotSpec,
  { joint, address }: { readonly joint: number; readonly address: string },
): LocatedServo {
  const { protocol, servos } = robot.servoBus!;
  const { name } = robot.joints[joint]!;
  const found = locatedServos(rates);
  const unidentified = rates.flatMap(({ baudRate, unidentified: entries }) =>
    entries.map((entry) => ({ ...entry, baudRate })),
  );
  const [only] = found;
  if (found.length > 1 || unidentified.length > 0) {
    const list = [
      ...found.map(({ servo, baudRate }) => `ID ${servo.id}, ${servo.model}, at ${baudRate} baud`),
      ...unidentified.map(
        ({ id, baudRate }) => `ID ${id} at ${baudRate} baud, corrupt replies, possibly two servos with this ID`,
      ),
    ];
    const who = list.length === 1 ? 'expected one servo' : `${list.length} servos replied`;
    throw new SoftqdError('E_SERVO_MULTIPLE', `${who}: ${list.join('; ')}`, {
      hint: `Connect only the servo for ${name}.`,
      values: { joint: name, ids: [...found.map(({ servo }) => servo.id), ...unidentified.map(({ id }) => id)] },
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
    `${name} of ${robot.name} is ${modelName(servoProtocol(protocol), modelNumber)}; the connected servo (ID ${only.servo.id}) is ${only.servo.model}`,
    {
      hint: 'Connect a servo of the right model, or correct the robot file. Nothing was written.',
      values: { joint: name, expected: modelNumber, got: only.servo.modelNumber },
    },
  );
}

/** Whether exactly the servos of the robot file are connected, at its baud rate. */
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
