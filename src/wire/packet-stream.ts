/** Counters of a servo packet decoder; they never decrease. */
export interface PacketCounters {
  packets: number;
  bytes: number;
  /** Bytes that did not belong to a packet. */
  skippedBytes: number;
  /** Byte sequences with a header and a wrong checksum. */
  checksumErrors: number;
  /** Byte sequences with a header and an invalid length. */
  lengthErrors: number;
  /** Bytes dropped by `append` because the buffer was full. */
  overflowBytes: number;
}

export function newPacketCounters(): PacketCounters {
  return { packets: 0, bytes: 0, skippedBytes: 0, checksumErrors: 0, lengthErrors: 0, overflowBytes: 0 };
}

/** A bounded, contiguous buffer of received bytes in which packets are searched in place. */
export class ByteWindow {
  private buffer: Uint8Array;
  private start = 0;
  private end = 0;

  constructor(capacity: number) {
    this.buffer = new Uint8Array(capacity);
  }

  get bytes(): Uint8Array {
    return this.buffer;
  }

  /** Index of the first byte in `bytes`. */
  get first(): number {
    return this.start;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Keeps the newest bytes that fit and returns how many older ones were dropped. */
  append(chunk: Uint8Array): number {
    const capacity = this.buffer.length;
    const lost = Math.max(0, this.length + chunk.length - capacity);
    if (chunk.length >= capacity) {
      this.buffer.set(chunk.subarray(chunk.length - capacity));
      this.start = 0;
      this.end = capacity;
      return lost;
    }
    this.start += lost;
    if (this.end + chunk.length > capacity) {
      this.buffer.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
    return lost;
  }

  take(count: number): void {
    this.start += count;
    if (this.start === this.end) this.clear();
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
  }
}
