import { PacketDecoder } from '../packet-decoder.ts';
import type { ByteWindow } from '../packet-stream.ts';
import { FEETECH_BROADCAST, FEETECH_MAXIMUM_PARAMETERS, feetechChecksum } from './packet.ts';
import type { FeetechPacket } from './packet.ts';

/**
 * Decodes bytes of a Feetech bus to packets with a valid checksum; both directions have the same format. Data may contain FF FF, so a
 * header is not proof of a packet. An 8-bit checksum accepts about one corrupt packet in 256: the caller accepts only requested packets
 * with plausible values.
 */
export class FeetechPacketDecoder extends PacketDecoder<FeetechPacket> {
  protected readonly headerBytes = 4;
  private readonly maxParameters: number;

  /** With `maximumParameters` below 253 a corrupt length byte consumes fewer bytes. */
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

  /** Number of bytes before FF FF not followed by a third FF, or before its possible start. */
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
