import { SoftqdError } from '../../base/errors.ts';

/** Feetech STS/SMS: FF FF | id | length | instruction or error | parameters | checksum; length = parameters + 2. */
export const FEETECH_BROADCAST = 0xfe;
export const FEETECH_MAXIMUM_ID = 0xfd;
/** `length` is one byte. */
export const FEETECH_MAXIMUM_PARAMETERS = 253;

export const FEETECH_INSTRUCTION = {
  ping: 0x01,
  read: 0x02,
  write: 0x03,
  regWrite: 0x04,
  action: 0x05,
  /** Restores the EEPROM to factory values; the ID is kept. */
  restoreEeprom: 0x06,
  /** About 800 ms, no reply. */
  reboot: 0x08,
  backup: 0x09,
  /** Resets the state (turn counter), not the EEPROM. */
  reset: 0x0a,
  /** Makes the present position the middle; 0 or 2 bytes. */
  calibratePosition: 0x0b,
  syncRead: 0x82,
  syncWrite: 0x83,
} as const;

/** A packet of either direction: `code` is the instruction (to the servo) or the error byte (from it). */
export interface FeetechPacket {
  readonly id: number;
  readonly code: number;
  readonly parameters: Uint8Array;
}

/** ~(id + length + code + parameters), the low byte, over packet[2, end). */
export function feetechChecksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += bytes[i]!;
  return ~sum & 0xff;
}

/** The bytes of a packet. Throws E_SERVO_VALUE when id, code or the number of parameters do not fit. */
export function encodeFeetechPacket(id: number, code: number, parameters: ArrayLike<number> = []): Uint8Array {
  requireByte('id', id, FEETECH_BROADCAST);
  requireByte('code', code, 0xff);
  requireByte('parameter count', parameters.length, FEETECH_MAXIMUM_PARAMETERS);
  const packet = new Uint8Array(parameters.length + 6);
  packet[0] = 0xff;
  packet[1] = 0xff;
  packet[2] = id;
  packet[3] = parameters.length + 2;
  packet[4] = code;
  packet.set(parameters, 5);
  packet[packet.length - 1] = feetechChecksum(packet, 2, packet.length - 1);
  return packet;
}

function requireByte(what: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return;
  throw new SoftqdError('E_SERVO_VALUE', `feetech packet: ${what} ${value} is not an integer in [0, ${maximum}]`, {
    values: { what, value, maximum },
  });
}
