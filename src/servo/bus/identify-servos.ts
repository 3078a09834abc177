import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { ServoBus, ServoIdentity } from '../port.ts';
import { modelName } from '../protocols/models.ts';
import { requireServoBus, servosByJoint } from '../robot-servos.ts';
import { DRIVING_RETRIES, type RetryPolicy } from './retry.ts';

/** Pings of the first servo of a robot, which may still be powering up: about 1.5 s. */
const FIRST_PINGS = 35;

/** Pings a servo until it replies, or was pinged so often and so long; null when it does not reply. */
export async function identifyServo(
  bus: ServoBus,
  id: number,
  { pings: attempts, minMs }: Pick<RetryPolicy, 'pings' | 'minMs'>,
): Promise<ServoIdentity | null> {
  const untilMs = performance.now() + minMs;
  for (let attempt = 0; attempt < attempts || performance.now() < untilMs; attempt++) {
    const identity = await bus.ping(id);
    if (identity !== null) return identity;
  }
  return null;
}

/**
 * Identifies the servos of a robot that is about to be driven, in joint order. Throws E_SERVO_NO_REPLY or E_SERVO_WRONG_MODEL for the
 * first servo that does not reply or is not the model of the robot file.
 */
export async function identifyServos(bus: ServoBus, robot: RobotSpec): Promise<readonly ServoIdentity[]> {
  const found: ServoIdentity[] = [];
  for (const { spec, joint } of servosByJoint(robot)) {
    const { id, modelNumber } = spec;
    const { pings, minMs } = DRIVING_RETRIES;
    const identity = await identifyServo(bus, id, { pings: found.length === 0 ? FIRST_PINGS : pings, minMs });
    if (identity === null) {
      throw new SoftqdError(
        'E_SERVO_NO_REPLY',
        `${robot.name}: no reply from servo ${id} (${joint}) at ${bus.baudRate} baud`,
        { values: { id, joint, baudRate: bus.baudRate, found: found.map((servo) => servo.id) } },
      );
    }
    const { modelNumber: got } = identity;
    if (got !== modelNumber) {
      throw new SoftqdError(
        'E_SERVO_WRONG_MODEL',
        `${robot.name}: servo ${id} (${joint}) is ${modelName(bus.protocol, got)}, expected ${modelName(bus.protocol, modelNumber)}`,
        { values: { id, joint, got, expected: modelNumber } },
      );
    }
    found.push(identity);
  }
  return found;
}

/**
 * Every servo of the robot replies and is the model of the robot file. Throws E_SERVO_NO_REPLY or E_SERVO_WRONG_MODEL naming all servos
 * that do not.
 */
export async function requireServos(bus: ServoBus, robot: RobotSpec): Promise<void> {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [i, { id, modelNumber }] of requireServoBus(robot).servos.entries()) {
    const name = `${robot.joints[i]!.name} (servo ${id})`;
    const found = await identifyServo(bus, id, DRIVING_RETRIES);
    if (found === null) missing.push(name);
    else if (found.modelNumber !== modelNumber)
      wrong.push(
        `${name} is ${modelName(bus.protocol, found.modelNumber)}, not ${modelName(bus.protocol, modelNumber)}`,
      );
  }
  const values = { robot: robot.name, path: bus.path, baudRate: bus.baudRate };
  if (missing.length > 0) {
    throw new SoftqdError(
      'E_SERVO_NO_REPLY',
      `${bus.path} at ${bus.baudRate} baud: no reply from ${missing.join(', ')}`,
      {
        hint: `Check power and cables. To list servos and their baud rates, run softqd scan --driver ${bus.protocol.name}:${bus.path}.`,
        values,
      },
    );
  }
  if (wrong.length > 0) throw new SoftqdError('E_SERVO_WRONG_MODEL', `${bus.path}: ${wrong.join('; ')}`, { values });
}
