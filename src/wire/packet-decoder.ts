import { ByteWindow, newPacketCounters } from './packet-stream.ts';
import type { PacketCounters } from './packet-stream.ts';

/**
 * Decodes bytes to packets with a valid checksum. After a wrong length or checksum the search continues one byte later. Never throws;
 * keeps at most `capacity` bytes. Subclasses define the packet format.
 */
export abstract class PacketDecoder<Packet> {
  readonly counters: PacketCounters = newPacketCounters();
  private readonly window: ByteWindow;

  protected constructor(capacity: number) {
    this.window = new ByteWindow(capacity);
  }

  /** Bytes required to determine the length of a packet. */
  protected abstract readonly headerBytes: number;
  /** Number of bytes before a header, or before its possible start. */
  protected abstract headerOffset(window: ByteWindow): number;
  /** Length of the packet that starts at `at`; 0 when it is not a packet. */
  protected abstract lengthAt(bytes: Uint8Array, at: number): number;
  protected abstract hasRightChecksum(bytes: Uint8Array, at: number, end: number): boolean;
  /** Decodes a copy of bytes[at, end). */
  protected abstract parsePacket(bytes: Uint8Array, at: number, end: number): Packet;

  /** Adds a copy of received bytes. */
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

  /** Discards the buffered bytes, for instance before a new request; returns how many there were. */
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
