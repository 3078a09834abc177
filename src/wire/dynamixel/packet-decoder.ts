import { PacketDecoder } from '../packet-decoder.ts';
import type { ByteWindow } from '../packet-stream.ts';
import { crc16 } from './crc16.ts';
import {
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_HEADER_BYTES,
  DYNAMIXEL_MAXIMUM_LENGTH,
  DYNAMIXEL_STATUS,
  byteUnstuff,
} from './packet.ts';
import type { DynamixelPacket } from './packet.ts';

const HEADER = [0xff, 0xff, 0xfd, 0x00] as const;
/** Instruction and CRC. */
const MINIMUM_LENGTH = 3;
const MAX_REPORTED_IDS = 16;

/**
 * Decodes bytes of a Dynamixel bus to packets with a valid CRC, in both directions. The reply to a fast read (a status from id 0xFE) is
 * positional and not unstuffed.
 */
export class DynamixelPacketDecoder extends PacketDecoder<DynamixelPacket> {
  protected readonly headerBytes = DYNAMIXEL_HEADER_BYTES;
  private readonly maxLength: number;
  private wrongChecksumIds: number[] = [];

  constructor(maxLength = DYNAMIXEL_MAXIMUM_LENGTH, capacity = 4096) {
    super(Math.max(capacity, maxLength + DYNAMIXEL_HEADER_BYTES));
    this.maxLength = maxLength;
  }

  /** IDs in packets with a wrong CRC since the last call, at most 16: the possible addressees. */
  drainChecksumErrorIds(): readonly number[] {
    const ids = this.wrongChecksumIds;
    if (ids.length > 0) this.wrongChecksumIds = [];
    return ids;
  }

  protected lengthAt(bytes: Uint8Array, at: number): number {
    const length = bytes[at + 5]! | (bytes[at + 6]! << 8);
    if (length < MINIMUM_LENGTH || length > this.maxLength || !isId(bytes[at + 4]!)) return 0;
    return DYNAMIXEL_HEADER_BYTES + length;
  }

  protected hasRightChecksum(bytes: Uint8Array, at: number, end: number): boolean {
    const isRight = (bytes[end - 2]! | (bytes[end - 1]! << 8)) === crc16(bytes, at, end - 2);
    if (!isRight && this.wrongChecksumIds.length < MAX_REPORTED_IDS) this.wrongChecksumIds.push(bytes[at + 4]!);
    return isRight;
  }

  protected parsePacket(bytes: Uint8Array, at: number, end: number): DynamixelPacket {
    const body = bytes.subarray(at + DYNAMIXEL_HEADER_BYTES, end - 2);
    const isFastReply = bytes[at + 4] === DYNAMIXEL_BROADCAST && body[0] === DYNAMIXEL_STATUS;
    const plain = isFastReply ? body.slice() : byteUnstuff(body);
    return { id: bytes[at + 4]!, instruction: plain[0]!, parameters: plain.subarray(1) };
  }

  /** Number of bytes before FF FF FD 00, or before its possible start. */
  protected headerOffset({ bytes, first, length }: ByteWindow): number {
    const end = first + length;
    let at = first;
    for (;;) {
      at = bytes.indexOf(0xff, at);
      if (at < 0 || at >= end) return length;
      let same = 1;
      while (same < HEADER.length && at + same < end && bytes[at + same] === HEADER[same]) same++;
      if (same === HEADER.length || at + same === end) return at - first;
      at++;
    }
  }
}

function isId(byte: number): boolean {
  return byte <= DYNAMIXEL_BROADCAST && byte !== 0xfd;
}
