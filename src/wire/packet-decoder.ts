import { ByteWindow, newPacketCounters } from './packet-stream.ts';
import type { PacketCounters } from './packet-stream.ts';

/**
 * Bytes of a line in, packets with a right checksum out. After a wrong length or checksum the search goes on one byte later. Never
 * throws; holds at most `capacity` bytes. What a packet looks like is its protocol's to say.
 */
export abstract class PacketDecoder<Packet> {
  readonly counters: PacketCounters = newPacketCounters();
  private readonly window: ByteWindow;

  protected constructor(capacity: number) {
    this.window = new ByteWindow(capacity);
  }

  /** Bytes that must be there before a packet's length is known. */
  protected abstract readonly headerBytes: number;
  /** How many bytes stand before a header, or before what may become one. */
  protected abstract headerOffset(window: ByteWindow): number;
  /** Bytes of the packet that begins at `at`; 0: none begins like that. */
  protected abstract lengthAt(bytes: Uint8Array, at: number): number;
  protected abstract hasRightChecksum(bytes: Uint8Array, at: number, end: number): boolean;
  /** A copy of what bytes[at, end) says. */
  protected abstract parsePacket(bytes: Uint8Array, at: number, end: number): Packet;

  /** Takes a copy of the next bytes of the line. */
  append(chunk: Uint8Array): void {
    this.counters.bytes += chunk.length;
    this.counters.overflowBytes += this.window.append(chunk);
  }

  /** The next packet, or null when more bytes are needed. `parameters` is a copy. */
  next(): Packet | null {
    const { window, counters } = this;
    while (window.length > 0) {
      const skip = this.headerOffset(window);
      if (skip > 0) this.skip(skip);
      if (window.length < this.headerBytes) return null;
      const { bytes, first } = window;
      const length = this.lengthAt(bytes, first);
      if (length === 0) {
        counters.lengthErrors++;
        this.skip(1);
        continue;
      }
      if (window.length < length) return null;
      if (!this.hasRightChecksum(bytes, first, first + length)) {
        counters.checksumErrors++;
        this.skip(1);
        continue;
      }
      const packet = this.parsePacket(bytes, first, first + length);
      counters.packets++;
      window.take(length);
      return packet;
    }
    return null;
  }

  /** Throws away what was received so far, as a master does before it asks anew; returns how many bytes that were. */
  flush(): number {
    const { length } = this.window;
    this.skip(length);
    return length;
  }

  private skip(count: number): void {
    this.counters.skippedBytes += count;
    this.window.take(count);
  }
}
