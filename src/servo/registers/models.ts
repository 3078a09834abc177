import type { ServoProtocol } from '../bus/open-servo-bus.ts';
import { SoftqdError } from '../../base/errors.ts';
import { DYNAMIXEL_BAUD_RATES, DYNAMIXEL_MODELS } from '../../wire/dynamixel/index.ts';
import { FEETECH_BAUD_RATES, FEETECH_MODELS } from '../../wire/feetech/index.ts';

/** `STS3215 (777)`, or `model 12345` for one that is not in our list. */
export function modelName(protocol: ServoProtocol, modelNumber: number): string {
  const name = (protocol === 'feetech' ? FEETECH_MODELS : DYNAMIXEL_MODELS).get(modelNumber);
  return name === undefined ? `model ${modelNumber}` : `${name} (${modelNumber})`;
}

/** Baud rates that servos of a protocol can be set to, the usual one first. */
export function baudRatesOf(protocol: ServoProtocol): readonly number[] {
  if (protocol === 'feetech') return FEETECH_BAUD_RATES;
  const usual = [1_000_000, 57_600];
  return [...usual, ...DYNAMIXEL_BAUD_RATES.filter((rate) => !usual.includes(rate))];
}

/** What the baud rate register holds for a rate. Throws E_SERVO_VALUE for a rate that servos of this protocol do not have. */
export function baudRateCode(protocol: ServoProtocol, baudRate: number): number {
  const rates: readonly number[] = protocol === 'feetech' ? FEETECH_BAUD_RATES : DYNAMIXEL_BAUD_RATES;
  const code = rates.indexOf(baudRate);
  if (code >= 0) return code;
  throw new SoftqdError('E_SERVO_VALUE', `${protocol} servos cannot be set to ${baudRate} baud`, {
    hint: `Choose one of ${rates.join(', ')}.`,
    values: { protocol, baudRate },
  });
}

/** Throws E_SERVO_VALUE unless a servo can have this id: the call to all (254) and what is kept from it are none. */
export function requireServoId(protocol: ServoProtocol, id: number): void {
  const largest = protocol === 'feetech' ? 253 : 252;
  if (Number.isInteger(id) && id >= 0 && id <= largest) return;
  throw new SoftqdError('E_SERVO_VALUE', `${id} is not a valid servo ID`, {
    hint: `${protocol} servos have ids from 0 to ${largest}.`,
    values: { protocol, id },
  });
}

/** Volts a step of `presentVoltage`, both protocols. */
export const VOLTS_PER_STEP = 0.1;
