import { PacketDecoder } from '../packet-decoder.ts';
import type { ByteWindow } from '../packet-stream.ts';
import { FEETECH_BROADCAST, FEETECH_MAXIMUM_PARAMETERS, feetechChecksum } from './packet.ts';
import type { FeetechPacket } from './packet.ts';

/**
 * Bytes of a Feetech bus in, packets with a right checksum out; both directions look the same. FF FF may stand in data, so a header
 * alone proves nothing. An 8-bit checksum lets about one damaged packet in 256 through: the caller accepts only what it asked for, and
 * only plausible values.
 */
export class FeetechPacketDecoder extends PacketDecoder<FeetechPacket> {
  protected readonly headerBytes = 4;
  private readonly maxParameters: number;

  /** `maximumParameters` below 253 makes a damaged length byte swallow fewer bytes. */
  constructor(maxParameters = FEETECH_MAXIMUM_PARAMETERS, capacity = 4096) {
    const most = Math.min(maxParameters, FEETECH_MAXIMUM_PARAMETERS);
    super(Math.max(capacity, most + 6));
    this.maxParameters = most;
  }

  protected lengthAt(bytes: Uint8Array, at: number): number {
    const length = bytes[at + 3]!;
    if (length < 2 || length - 2 > this.maxParameters || bytes[at + 2]! > FEETECH_BROADCAST) return 0;
    return length + 4;
  }

  protected hasRightChecksum(bytes: Uint8Array, at: number, end: number): boolean {
    return bytes[end - 1] === feetechChecksum(bytes, at + 2, end - 1);
  }

  protected parsePacket(bytes: Uint8Array, at: number, end: number): FeetechPacket {
    return { id: bytes[at + 2]!, code: bytes[at + 4]!, parameters: bytes.slice(at + 5, end - 1) };
  }

  /** How many bytes stand before FF FF not followed by a third FF, or before what may become one. */
  protected headerOffset({ bytes, first, length }: ByteWindow): number {
    const end = first + length;
    let at = first;
    for (;;) {
      at = bytes.indexOf(0xff, at);
      if (at < 0 || at >= end) return length;
      if (at + 1 >= end) return at - first;
      if (bytes[at + 1] === 0xff && (at + 2 >= end || bytes[at + 2] !== 0xff)) return at - first;
      at++;
    }
  }
}
