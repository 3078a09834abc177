import { crc16 } from './crc16.ts';
import {
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_HEADER_BYTES,
  DYNAMIXEL_STATUS,
  encodeDynamixelPacket,
  sealDynamixelPacket,
} from './packet.ts';
import type { DynamixelPacket } from './packet.ts';

/** Meaning of the low seven bits of a status packet's error byte, by number; 0 is no error. */
const DYNAMIXEL_ERRORS = [
  'none',
  'result-fail',
  'instruction',
  'crc',
  'data-range',
  'data-length',
  'data-limit',
  'access',
] as const;
type DynamixelErrorName = (typeof DYNAMIXEL_ERRORS)[number];

/** Set in the error byte while register 70 reports a hardware error. */
export const DYNAMIXEL_ALERT = 0x80;

/** Bits of register 70 (hardware error status) and 63 (shutdown); null has no meaning. */
const DYNAMIXEL_HARDWARE_ERROR_BITS = [
  'input-voltage',
  null,
  'overheating',
  'encoder',
  'electrical-shock',
  'overload',
] as const;
export type DynamixelHardwareErrorName = NonNullable<(typeof DYNAMIXEL_HARDWARE_ERROR_BITS)[number]>;

export interface DynamixelError {
  /** Whether register 70 is not 0; the data of the reply is still valid. */
  readonly alert: boolean;
  readonly name: DynamixelErrorName | 'unknown';
  readonly number: number;
}

/** Decodes an error byte. */
export function readDynamixelError(error: number): DynamixelError {
  const number = error & 0x7f;
  return { alert: (error & DYNAMIXEL_ALERT) !== 0, name: DYNAMIXEL_ERRORS[number] ?? 'unknown', number };
}

/** The names of the hardware errors that are set in register 70. */
export function hardwareErrorNames(bits: number): readonly DynamixelHardwareErrorName[] {
  return DYNAMIXEL_HARDWARE_ERROR_BITS.filter(
    (name, bit): name is DynamixelHardwareErrorName => name !== null && (bits & (1 << bit)) !== 0,
  );
}

/** The properties of a request that select its replies. */
export interface DynamixelExpectation {
  readonly id: number;
  /** Data bytes in a reply without error; an error reply may have none. */
  readonly dataLength: number;
}

export type DynamixelReply =
  /** `alert` may be set: the values are valid and register 70 has a fault. */
  | { readonly kind: 'data'; readonly id: number; readonly alert: boolean; readonly data: Uint8Array }
  | { readonly kind: 'refused'; readonly id: number; readonly error: DynamixelError }
  | { readonly kind: 'wrong-id'; readonly id: number; readonly expected: number }
  | { readonly kind: 'wrong-length'; readonly id: number; readonly expected: number; readonly got: number }
  /** An instruction packet: an echo of the master's own bytes, or a second master. */
  | { readonly kind: 'not-a-status'; readonly id: number };

/** Compares a packet with the request: an unexpected packet is never accepted as a value. */
export function matchDynamixelReply(packet: DynamixelPacket, expected: DynamixelExpectation): DynamixelReply {
  const { id, instruction, parameters } = packet;
  if (instruction !== DYNAMIXEL_STATUS || parameters.length === 0) return { kind: 'not-a-status', id };
  if (id !== expected.id) return { kind: 'wrong-id', id, expected: expected.id };
  const error = readDynamixelError(parameters[0]!);
  if (error.number !== 0) return { kind: 'refused', id, error };
  const data = parameters.subarray(1);
  if (data.length !== expected.dataLength)
    return { kind: 'wrong-length', id, expected: expected.dataLength, got: data.length };
  return { kind: 'data', id, alert: error.alert, data };
}

/** The bytes of a status packet. */
export function encodeDynamixelStatus(id: number, error: number, data: ArrayLike<number> = []): Uint8Array {
  const parameters = new Uint8Array(data.length + 1);
  parameters[0] = error;
  parameters.set(data, 1);
  return encodeDynamixelPacket(id, DYNAMIXEL_STATUS, parameters);
}

/** One servo's part of a fast read's reply. */
export interface DynamixelFastBlock {
  readonly id: number;
  readonly error: number;
  readonly data: Uint8Array;
}

/**
 * The reply of all servos to a fast sync or bulk read: one packet from 0xFE, body of blocks [error, id, data, CRC],
 * where each CRC runs from the start of the packet and the last one is the packet's. Not stuffed.
 */
export function encodeDynamixelFastReply(blocks: readonly DynamixelFastBlock[]): Uint8Array {
  const size = blocks.reduce((sum, { data }) => sum + data.length + 4, 0);
  const body = new Uint8Array(1 + size - 2);
  body[0] = DYNAMIXEL_STATUS;
  let at = 1;
  for (const [index, { id, error, data }] of blocks.entries()) {
    body[at] = error;
    body[at + 1] = id;
    body.set(data, at + 2);
    at += data.length + 2;
    if (index === blocks.length - 1) break;
    const crc = fastCrc(body.subarray(0, at), body.length + 2);
    body[at] = crc & 0xff;
    body[at + 1] = crc >> 8;
    at += 2;
  }
  return sealDynamixelPacket(DYNAMIXEL_BROADCAST, body);
}

function fastCrc(body: Uint8Array, length: number): number {
  const head = Uint8Array.of(0xff, 0xff, 0xfd, 0x00, DYNAMIXEL_BROADCAST, length & 0xff, length >> 8);
  return crc16(body, 0, body.length, crc16(head));
}

/**
 * Splits the reply to a fast read into one block per expected servo, in order. Null when the packet is not such a reply, has another
 * length, or a block has another ID or a wrong CRC.
 */
export function parseDynamixelFastReply(
  packet: DynamixelPacket,
  expected: readonly DynamixelExpectation[],
): DynamixelFastBlock[] | null {
  const { id, instruction, parameters } = packet;
  const size = expected.reduce((sum, { dataLength }) => sum + dataLength + 4, 0);
  if (id !== DYNAMIXEL_BROADCAST || instruction !== DYNAMIXEL_STATUS || parameters.length !== size - 2) return null;
  const body = new Uint8Array(parameters.length + 1);
  body[0] = instruction;
  body.set(parameters, 1);
  const blocks: DynamixelFastBlock[] = [];
  let at = 1;
  for (const { id: wanted, dataLength } of expected) {
    if (body[at + 1] !== wanted) return null;
    blocks.push({ id: wanted, error: body[at]!, data: body.slice(at + 2, at + 2 + dataLength) });
    at += dataLength + 2;
    if (blocks.length === expected.length) break;
    if ((body[at]! | (body[at + 1]! << 8)) !== fastCrc(body.subarray(0, at), body.length + 2)) return null;
    at += 2;
  }
  return blocks;
}

/** Bytes on the wire of a fast read's reply. */
export function dynamixelFastReplyBytes(dataLengths: readonly number[]): number {
  return dataLengths.reduce((sum, length) => sum + length + 4, DYNAMIXEL_HEADER_BYTES + 1);
}
