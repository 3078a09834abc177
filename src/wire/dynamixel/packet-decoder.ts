import { ByteWindow, newPacketCounters } from '../packet-stream.ts';
import type { PacketCounters } from '../packet-stream.ts';
import { crc16 } from './crc16.ts';
import {
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_HEADER_BYTES,
  DYNAMIXEL_MAXIMUM_LENGTH,
  DYNAMIXEL_STATUS,
  unstuff,
} from './packet.ts';
import type { DynamixelPacket } from './packet.ts';

const HEADER = [0xff, 0xff, 0xfd, 0x00] as const;
/** Instruction and CRC. */
const MINIMUM_LENGTH = 3;
const MAXIMUM_COMPLAINTS = 16;

/**
 * Bytes of a Dynamixel bus in, packets with a right CRC out; both directions. After a wrong length or CRC the search goes on one byte
 * later. Never throws; holds at most `capacity` bytes. The reply to a fast read (a status from id 0xFE) is positional and not unstuffed.
 */
export class DynamixelPacketDecoder {
  readonly counters: PacketCounters = newPacketCounters();
  private readonly maximumLength: number;
  private readonly window: ByteWindow;
  private wrongChecksumIds: number[] = [];

  constructor(maximumLength = DYNAMIXEL_MAXIMUM_LENGTH, capacity = 4096) {
    this.maximumLength = maximumLength;
    this.window = new ByteWindow(Math.max(capacity, maximumLength + DYNAMIXEL_HEADER_BYTES));
  }

  /** Takes a copy of the next bytes of the line. */
  append(chunk: Uint8Array): void {
    this.counters.bytes += chunk.length;
    this.counters.overflowBytes += this.window.append(chunk);
  }

  /** The next packet, or null when more bytes are needed. `parameters` is a copy. */
  next(): DynamixelPacket | null {
    const { window } = this;
    while (window.length > 0) {
      const skip = this.bytesBeforeHeader();
      if (skip > 0) {
        this.counters.skippedBytes += skip;
        window.take(skip);
      }
      if (window.length < DYNAMIXEL_HEADER_BYTES) return null;
      const { bytes, first } = window;
      const length = bytes[first + 5]! | (bytes[first + 6]! << 8);
      if (length < MINIMUM_LENGTH || length > this.maximumLength || !isId(bytes[first + 4]!)) {
        this.counters.wrongLength++;
        this.skipOne();
        continue;
      }
      const total = DYNAMIXEL_HEADER_BYTES + length;
      if (window.length < total) return null;
      const crcAt = first + total - 2;
      if ((bytes[crcAt]! | (bytes[crcAt + 1]! << 8)) !== crc16(bytes, first, crcAt)) {
        this.counters.wrongChecksum++;
        if (this.wrongChecksumIds.length < MAXIMUM_COMPLAINTS) this.wrongChecksumIds.push(bytes[first + 4]!);
        this.skipOne();
        continue;
      }
      const packet = open(bytes.subarray(first, first + total));
      this.counters.packets++;
      window.take(total);
      return packet;
    }
    return null;
  }

  /** The ids that stood in packets with a wrong CRC since the last call, at most 16: whom the master may have meant. */
  takeWrongChecksumIds(): readonly number[] {
    const ids = this.wrongChecksumIds;
    if (ids.length > 0) this.wrongChecksumIds = [];
    return ids;
  }

  /** Throws away what was received so far, as a master does before it asks anew; returns how many bytes that were. */
  flush(): number {
    const { length } = this.window;
    this.counters.skippedBytes += length;
    this.window.clear();
    return length;
  }

  private skipOne(): void {
    this.counters.skippedBytes++;
    this.window.take(1);
  }

  /** How many bytes stand before FF FF FD 00, or before what may become it. */
  private bytesBeforeHeader(): number {
    const { bytes, first, length } = this.window;
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

function open(packet: Uint8Array): DynamixelPacket {
  const id = packet[4]!;
  const body = packet.subarray(DYNAMIXEL_HEADER_BYTES, packet.length - 2);
  const isFastReply = id === DYNAMIXEL_BROADCAST && body[0] === DYNAMIXEL_STATUS;
  const plain = isFastReply ? body.slice() : unstuff(body);
  return { id, instruction: plain[0]!, parameters: plain.subarray(1) };
}
