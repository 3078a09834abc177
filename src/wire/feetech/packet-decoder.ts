import { ByteWindow, newPacketCounters } from '../packet-stream.ts';
import type { PacketCounters } from '../packet-stream.ts';
import { FEETECH_BROADCAST, FEETECH_MAXIMUM_PARAMETERS, feetechChecksum } from './packet.ts';
import type { FeetechPacket } from './packet.ts';

/**
 * Bytes of a Feetech bus in, packets with a right checksum out; both directions look the same. FF FF may stand in data, so a header
 * alone proves nothing: after a wrong length or checksum the search goes on one byte later. Never throws; holds at most `capacity` bytes.
 * An 8-bit checksum lets about one damaged packet in 256 through: the caller accepts only what it asked for, and only plausible values.
 */
export class FeetechPacketDecoder {
  readonly counters: PacketCounters = newPacketCounters();
  private readonly maximumParameters: number;
  private readonly window: ByteWindow;

  /** `maximumParameters` below 253 makes a damaged length byte swallow fewer bytes. */
  constructor(maximumParameters = FEETECH_MAXIMUM_PARAMETERS, capacity = 4096) {
    this.maximumParameters = Math.min(maximumParameters, FEETECH_MAXIMUM_PARAMETERS);
    this.window = new ByteWindow(Math.max(capacity, this.maximumParameters + 6));
  }

  /** Takes a copy of the next bytes of the line. */
  append(chunk: Uint8Array): void {
    this.counters.bytes += chunk.length;
    this.counters.overflowBytes += this.window.append(chunk);
  }

  /** The next packet, or null when more bytes are needed. `parameters` is a copy. */
  next(): FeetechPacket | null {
    const { window } = this;
    while (window.length > 0) {
      const skip = this.bytesBeforeHeader();
      if (skip > 0) {
        this.counters.skippedBytes += skip;
        window.take(skip);
      }
      if (window.length < 4) return null;
      const { bytes, first } = window;
      const length = bytes[first + 3]!;
      if (length < 2 || length - 2 > this.maximumParameters || bytes[first + 2]! > FEETECH_BROADCAST) {
        this.counters.wrongLength++;
        this.skipOne();
        continue;
      }
      if (window.length < length + 4) return null;
      const end = first + length + 4;
      if (bytes[end - 1] !== feetechChecksum(bytes, first + 2, end - 1)) {
        this.counters.wrongChecksum++;
        this.skipOne();
        continue;
      }
      const packet = { id: bytes[first + 2]!, code: bytes[first + 4]!, parameters: bytes.slice(first + 5, end - 1) };
      this.counters.packets++;
      window.take(length + 4);
      return packet;
    }
    return null;
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

  /** How many bytes stand before FF FF not followed by a third FF, or before what may become one. */
  private bytesBeforeHeader(): number {
    const { bytes, first, length } = this.window;
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
