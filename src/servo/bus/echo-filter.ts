/** Bytes of requests whose echo may still come; more are forgotten. */
const MAX_PENDING_BYTES = 1024;

/**
 * Takes a half-duplex adapter's echo of the bytes that were sent out of what is received. Whether an adapter echoes is learnt from the
 * first answer that comes: with the request before it, or without.
 */
export class EchoFilter {
  /** null until an answer has shown it. */
  echoes: boolean | null = null;
  /** Whole requests that came back. */
  count = 0;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  /** Bytes of pending[0] that have come back. */
  private matched = 0;
  private seen = false;

  /** These bytes go out now. */
  sent(bytes: Uint8Array): void {
    if (this.echoes === false) return;
    if (this.pendingBytes + bytes.length > MAX_PENDING_BYTES) this.clear();
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    this.seen = false;
  }

  /** What of `chunk` (and of bytes held back before it) is no echo. */
  receive(chunk: Uint8Array): Uint8Array {
    for (let at = 0; at < chunk.length; at++) {
      const [expected] = this.pending;
      if (expected === undefined) return at === 0 ? chunk : chunk.subarray(at);
      if (chunk[at] !== expected[this.matched]) {
        const held = expected.subarray(0, this.matched);
        this.clear();
        return concatenate(held, chunk.subarray(at));
      }
      this.matched++;
      if (this.matched < expected.length) continue;
      this.pending.shift();
      this.pendingBytes -= expected.length;
      this.matched = 0;
      this.seen = true;
      this.count++;
    }
    return chunk.subarray(chunk.length);
  }

  /** A reply that was asked for has come. */
  answered(): void {
    this.echoes ??= this.seen;
    if (!this.echoes) this.clear();
  }

  private clear(): void {
    this.pending = [];
    this.pendingBytes = 0;
    this.matched = 0;
  }
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
