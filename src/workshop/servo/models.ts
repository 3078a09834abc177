import { DYNAMIXEL_BAUD_RATES, DYNAMIXEL_MODELS } from '../../wire/dynamixel/index.ts';
import { FEETECH_BAUD_RATES, FEETECH_MODELS } from '../../wire/feetech/index.ts';

export type ServoProtocol = 'feetech' | 'dynamixel';

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

/** Volts a step of `presentVoltage`, both protocols. */
export const VOLTS_PER_STEP = 0.1;
