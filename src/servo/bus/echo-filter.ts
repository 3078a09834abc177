/** Bytes of requests whose echo may still arrive; older ones are dropped. */
const MAX_PENDING_BYTES = 1024;

/**
 * Removes a half-duplex adapter's echo of sent bytes from received bytes. Whether an adapter echoes is learned from the first reply: it
 * arrives with the request before it, or without.
 */
export class EchoFilter {
  /** null until the first reply. */
  echoes: boolean | null = null;
  /** Complete requests received as an echo. */
  count = 0;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  /** Bytes of pending[0] received as an echo. */
  private matched = 0;
  private echoSeen = false;

  /** Call when bytes are sent. */
  sent(bytes: Uint8Array): void {
    if (this.echoes === false) return;
    if (this.pendingBytes + bytes.length > MAX_PENDING_BYTES) this.clear();
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    this.echoSeen = false;
  }

  /** The bytes of `chunk`, and of bytes held back before it, that are not an echo. */
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
      this.echoSeen = true;
      this.count++;
    }
    return chunk.subarray(chunk.length);
  }

  /** Call when a requested reply has arrived. */
  replyReceived(): void {
    this.echoes ??= this.echoSeen;
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
