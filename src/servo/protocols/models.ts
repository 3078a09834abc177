import { SoftqdError } from '../../base/errors.ts';
import type { ServoProtocol } from './servo-protocol.ts';

/** `STS3215 (777)`, or `model 12345` for an unknown model. */
export function modelName({ models }: ServoProtocol, modelNumber: number): string {
  const name = models.get(modelNumber);
  return name === undefined ? `model ${modelNumber}` : `${name} (${modelNumber})`;
}

/** The value of the register `baudRate` for a rate. Throws E_SERVO_VALUE for a rate that servos of this protocol do not support. */
export function baudRateCode({ name, baudRateCodes }: ServoProtocol, baudRate: number): number {
  const code = baudRateCodes.indexOf(baudRate);
  if (code >= 0) return code;
  throw new SoftqdError('E_SERVO_VALUE', `${name} servos cannot be set to ${baudRate} baud`, {
    hint: `Choose one of ${baudRateCodes.join(', ')}.`,
    values: { protocol: name, baudRate },
  });
}

/** Throws E_SERVO_VALUE unless a servo can have this ID: the broadcast ID and reserved IDs are rejected. */
export function requireServoId({ name, maxId }: ServoProtocol, id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= maxId) return;
  throw new SoftqdError('E_SERVO_VALUE', `${id} is not a valid servo ID`, {
    hint: `${name} servos have IDs from 0 to ${maxId}.`,
    values: { protocol: name, id },
  });
}
