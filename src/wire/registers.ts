import { SoftqdError } from '../base/errors.ts';

/** Encoding of a register. Sign-magnitude: bit `signBit` is the sign, the bits below it the magnitude. */
export type RegisterCoding =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'twos-complement' }
  | { readonly kind: 'sign-magnitude'; readonly signBit: number };

/** One entry of a servo's control table. */
export interface Register {
  readonly name: string;
  readonly address: number;
  /** Bytes, little-endian on the wire. */
  readonly size: 1 | 2 | 4;
  readonly access: 'read' | 'read-write';
  /** `eeprom` is stored across power-off and writable only with torque off and the lock open; `ram` is volatile. */
  readonly area: 'eeprom' | 'ram';
  readonly coding: RegisterCoding;
}

export const UNSIGNED: RegisterCoding = { kind: 'unsigned' };
export const TWOS_COMPLEMENT: RegisterCoding = { kind: 'twos-complement' };

/** A register whose bit `signBit` is the sign of the magnitude below it. */
export function signMagnitude(signBit: number): RegisterCoding {
  return { kind: 'sign-magnitude', signBit };
}

/** 2^0 to 2^32: a virtual bus computes registers a hundred thousand times a second, and a power is a function call. */
const POWER_OF_TWO = Array.from({ length: 33 }, (_, exponent) => 2 ** exponent);

function powerOfTwo(exponent: number): number {
  return POWER_OF_TWO[exponent]!;
}

/** The min and max value of a register. */
export function registerRange(register: Register): { readonly minimum: number; readonly maximum: number } {
  const bits = 8 * register.size;
  switch (register.coding.kind) {
    case 'unsigned':
      return { minimum: 0, maximum: powerOfTwo(bits) - 1 };
    case 'twos-complement':
      return { minimum: -powerOfTwo(bits - 1), maximum: powerOfTwo(bits - 1) - 1 };
    case 'sign-magnitude': {
      const magnitude = powerOfTwo(register.coding.signBit) - 1;
      return { minimum: -magnitude, maximum: magnitude };
    }
  }
}

/** The number in bytes[at, at + size). Bits above a sign bit are ignored. The caller has checked the length. */
export function readRegister(register: Register, bytes: Uint8Array, at = 0): number {
  let raw = 0;
  for (let i = register.size - 1; i >= 0; i--) raw = raw * 256 + bytes[at + i]!;
  switch (register.coding.kind) {
    case 'unsigned':
      return raw;
    case 'twos-complement':
      return raw >= powerOfTwo(8 * register.size - 1) ? raw - powerOfTwo(8 * register.size) : raw;
    case 'sign-magnitude': {
      const sign = powerOfTwo(register.coding.signBit);
      const magnitude = raw % sign;
      return Math.floor(raw / sign) % 2 === 1 && magnitude !== 0 ? -magnitude : magnitude;
    }
  }
}

/** Writes `value` to target[at, at + size). Throws E_SERVO_VALUE when it is not an integer within the range of the register. */
export function writeRegister(register: Register, value: number, target: Uint8Array, at = 0): void {
  const { minimum, maximum } = registerRange(register);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new SoftqdError(
      'E_SERVO_VALUE',
      `register ${register.name}: ${value} is not an integer in [${minimum}, ${maximum}]`,
      {
        values: { register: register.name, value, minimum, maximum },
      },
    );
  }
  let raw = value;
  if (value < 0)
    raw =
      register.coding.kind === 'sign-magnitude'
        ? powerOfTwo(register.coding.signBit) - value
        : value + powerOfTwo(8 * register.size);
  for (let i = 0; i < register.size; i++) {
    target[at + i] = raw % 256;
    raw = Math.floor(raw / 256);
  }
}

/** The bytes of `value` in this register. Throws as `writeRegister`. */
export function registerBytes(register: Register, value: number): Uint8Array {
  const bytes = new Uint8Array(register.size);
  writeRegister(register, value, bytes);
  return bytes;
}
