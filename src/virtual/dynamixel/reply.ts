import { crc16, DYNAMIXEL_ALERT, encodeDynamixelStatus } from '../../wire/dynamixel/index.ts';
import type { VirtualReply } from '../port.ts';
import type { XSeriesServo } from './servo.ts';

/** From the last byte of a request to the first of its reply, beyond the return delay. */
export const PROCESSING_NS = 16_000;

/** A status packet. */
export function reply(servo: XSeriesServo, id: number, error: number, data?: Uint8Array): VirtualReply {
  const bytes = encodeDynamixelStatus(id, error | (servo.alert ? DYNAMIXEL_ALERT : 0), data ?? []);
  return { id, delayNs: servo.returnDelayNs + PROCESSING_NS, bytes };
}

/** The same packet with another ID and a valid CRC. */
export function readdressed(reply: VirtualReply, id: number): VirtualReply {
  const bytes = reply.bytes.slice();
  bytes[4] = id;
  const crc = crc16(bytes, 0, bytes.length - 2);
  bytes[bytes.length - 2] = crc & 0xff;
  bytes[bytes.length - 1] = crc >> 8;
  return { ...reply, id, bytes };
}
