import { closeSync, readSync, writeSync } from 'node:fs';
import { SoftqdError } from '../../base/errors.ts';
import type { SerialTransport } from '../../serial/index.ts';

const READ_BYTES = 1024;
const POLL_PERIOD_MS = 1;
/** Longer than any reply. */
const POLL_DURATION_MS = 100;

/** A serial port inherited as a non-blocking descriptor. It is polled for replies after each write, and otherwise idle. */
export class PortTransport implements SerialTransport {
  readonly path = 'inherited port';
  readonly stableAddress = 'inherited port';
  onBytes: (chunk: Uint8Array) => void = () => undefined;
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly port: number;
  private readonly buffer = new Uint8Array(READ_BYTES);
  private timer: NodeJS.Timeout | null = null;
  private pollUntilMs = 0;
  private closed = false;

  constructor(port: number) {
    this.port = port;
  }

  write(bytes: Uint8Array): boolean {
    const written = this.attempt(() => writeSync(this.port, bytes));
    this.pollUntilMs = performance.now() + POLL_DURATION_MS;
    this.timer ??= setInterval(() => this.poll(), POLL_PERIOD_MS);
    return written === bytes.length;
  }

  discardInput(): number {
    return this.read()?.length ?? 0;
  }

  /** Closes the descriptor. */
  close(): Promise<void> {
    this.stopPolling();
    if (!this.closed) closeSync(this.port);
    this.closed = true;
    return Promise.resolve();
  }

  /** Leaves the descriptor open. */
  detach(): void {
    this.stopPolling();
    this.closed = true;
  }

  private poll(): void {
    const bytes = this.read();
    if (bytes !== null) this.onBytes(bytes);
    else if (performance.now() > this.pollUntilMs) this.stopPolling();
  }

  private stopPolling(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private read(): Uint8Array | null {
    const count = this.attempt(() => readSync(this.port, this.buffer));
    if (count === 0) this.lose(null);
    return count === null || count === 0 ? null : this.buffer.slice(0, count);
  }

  private attempt(operate: () => number): number | null {
    if (this.closed) return null;
    try {
      return operate();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' && code !== 'EINTR') this.lose(error);
      return null;
    }
  }

  private lose(cause: unknown): void {
    this.stopPolling();
    if (this.closed) return;
    this.closed = true;
    this.onLost(new SoftqdError('E_SERIAL_LOST', 'the serial port disconnected', { cause }));
  }
}
