import { SoftqdError } from '../../base/errors.ts';
import type { Register } from '../../wire/registers.ts';
import type { ServoProtocol } from '../protocols/servo-protocol.ts';

/** A register of a protocol by name. Throws E_SERVO_VALUE for an unknown name. */
export function registerOf({ name: protocol, registers }: ServoProtocol, name: string): Register {
  const register = Object.hasOwn(registers, name) ? registers[name] : undefined;
  if (register !== undefined) return register;
  throw new SoftqdError('E_SERVO_VALUE', `${protocol} servos have no register ${name}`, {
    values: { register: name, protocol },
  });
}
