import { SoftqdError } from '../../base/errors.ts';
import { crc16 } from './crc16.ts';

/**
 * Dynamixel protocol 2.0: FF FF FD 00 | id | length (2) | instruction | [error] parameters | CRC-16 (2), all little-endian; length counts
 * the bytes after it. Inside instruction and parameters an FD is stuffed after every FF FF FD; length and CRC are those of the stuffed bytes.
 */
export const DYNAMIXEL_BROADCAST = 0xfe;
export const DYNAMIXEL_MAXIMUM_ID = 0xfc;
export const DYNAMIXEL_STATUS = 0x55;
/** Bytes of header, id and length. */
export const DYNAMIXEL_HEADER_BYTES = 7;
/** Default max of the length field for encoders and decoders. */
export const DYNAMIXEL_MAXIMUM_LENGTH = 1024;

export const DYNAMIXEL_INSTRUCTION = {
  ping: 0x01,
  read: 0x02,
  write: 0x03,
  regWrite: 0x04,
  action: 0x05,
  factoryReset: 0x06,
  reboot: 0x08,
  clear: 0x10,
  controlTableBackup: 0x20,
  syncRead: 0x82,
  syncWrite: 0x83,
  fastSyncRead: 0x8a,
  bulkRead: 0x92,
  bulkWrite: 0x93,
  fastBulkRead: 0x9a,
} as const;

/** A complete packet with a valid CRC; `parameters` are the unstuffed bytes after the instruction. */
export interface DynamixelPacket {
  readonly id: number;
  readonly instruction: number;
  readonly parameters: Uint8Array;
}

/** The bytes of a packet. Throws E_SERVO_VALUE when id, instruction or length do not fit. */
export function encodeDynamixelPacket(id: number, instruction: number, parameters: ArrayLike<number> = []): Uint8Array {
  requireRange('id', id, DYNAMIXEL_BROADCAST);
  if (id === 0xfd) requireRange('id', id, DYNAMIXEL_MAXIMUM_ID);
  requireRange('instruction', instruction, 0xff);
  const body = new Uint8Array(parameters.length + 1);
  body[0] = instruction;
  body.set(parameters, 1);
  return sealDynamixelPacket(id, byteStuff(body));
}

/** Header, id, length and CRC around a body that is already stuffed. */
export function sealDynamixelPacket(id: number, body: Uint8Array): Uint8Array {
  const length = body.length + 2;
  requireRange('length', length, DYNAMIXEL_MAXIMUM_LENGTH);
  const packet = new Uint8Array(DYNAMIXEL_HEADER_BYTES + length);
  packet.set([0xff, 0xff, 0xfd, 0x00, id, length & 0xff, length >> 8]);
  packet.set(body, DYNAMIXEL_HEADER_BYTES);
  const crc = crc16(packet, 0, packet.length - 2);
  packet[packet.length - 2] = crc & 0xff;
  packet[packet.length - 1] = crc >> 8;
  return packet;
}

/** Inserts an FD after every FF FF FD. */
function byteStuff(body: Uint8Array): Uint8Array {
  const extra = countHeaders(body);
  if (extra === 0) return body;
  const out = new Uint8Array(body.length + extra);
  let write = 0;
  for (let read = 0; read < body.length; read++) {
    out[write++] = body[read]!;
    if (endsHeader(body, read)) out[write++] = 0xfd;
  }
  return out;
}

/** A copy without the FD that follows every FF FF FD; an FF FF FD without one (no vendor sends it) stays as it is. */
export function byteUnstuff(body: Uint8Array): Uint8Array {
  if (countHeaders(body) === 0) return body.slice();
  const out = new Uint8Array(body.length);
  let write = 0;
  for (let read = 0; read < body.length; read++) {
    out[write++] = body[read]!;
    if (endsHeader(body, read) && body[read + 1] === 0xfd) read++;
  }
  return out.slice(0, write);
}

function endsHeader(bytes: Uint8Array, at: number): boolean {
  return at >= 2 && bytes[at] === 0xfd && bytes[at - 1] === 0xff && bytes[at - 2] === 0xff;
}

function countHeaders(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xfd); at >= 0; at = bytes.indexOf(0xfd, at + 1)) if (endsHeader(bytes, at)) count++;
  return count;
}

function requireRange(what: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return;
  throw new SoftqdError('E_SERVO_VALUE', `dynamixel packet: ${what} ${value} is not an integer in [0, ${maximum}]`, {
    values: { what, value, maximum },
  });
}
