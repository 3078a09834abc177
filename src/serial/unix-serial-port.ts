import { readSync, writeSync } from 'node:fs';
import type { SoftqdError } from '../base/errors.ts';
import { portLostError } from './serial-errors.ts';

/** Bytes out and in. Whoever opened it sets the two listeners at once. */
export interface SerialTransport {
  /** As it is called now. */
  readonly path: string;
  /** How to find it again: pass this to `openSerial` after a loss. */
  readonly stableAddress: string;
  /** A chunk as it arrived; it is not reused. */
  onBytes: (chunk: Uint8Array) => void;
  /** Called once, not after `close`. */
  onLost: (error: SoftqdError) => void;
  /** The open file behind the line, for a child process that is to inherit it; null when there is none (any more). */
  readonly descriptor?: number | null;
  /** Reads and throws away what has arrived and was not reported yet; returns how many bytes that were. */
  discardInput?(): number;
  /** Hands bytes to the driver without waiting; false when too many are waiting already and these were not taken, or the line is gone. */
  write(bytes: Uint8Array): boolean;
  close(): Promise<void>;
}

/** What the serial library's Linux and macOS ports have: a descriptor that does not block, and a poller for it. */
export interface UnixPort {
  readonly fd: number | null;
  readonly poller: { once(event: 'readable' | 'writable', callback: (error: Error | null) => void): unknown };
  close(): Promise<void>;
}

export interface UnixSerialPortOptions {
  readonly path: string;
  readonly stableAddress: string;
  /** Bytes that may wait when the driver's own buffer is full. */
  readonly maxBacklogBytes: number;
}

const READ_BYTES = 4096;
/** Then other work of the event loop comes in between. */
const MAX_READS_PER_TURN = 4;

/**
 * A port by its descriptor. The library's stream reads through the thread pool, where a slow disk delays it, and reads on forever when a
 * port hangs up, which is how an unplugged adapter ends: here nothing to read is a loss.
 */
export class UnixSerialPort implements SerialTransport {
  readonly path: string;
  readonly stableAddress: string;
  onBytes: (chunk: Uint8Array) => void = () => undefined;
  onLost: (error: SoftqdError) => void = () => undefined;
  private readonly port: UnixPort;
  private readonly maxBacklogBytes: number;
  private readonly buffer = new Uint8Array(READ_BYTES);
  private backlog: Uint8Array[] = [];
  private backlogBytes = 0;
  private over = false;
  private closing: Promise<void> | null = null;

  constructor(port: UnixPort, { path, stableAddress, maxBacklogBytes }: UnixSerialPortOptions) {
    this.port = port;
    this.path = path;
    this.stableAddress = stableAddress;
    this.maxBacklogBytes = maxBacklogBytes;
    this.listen();
  }

  write(bytes: Uint8Array): boolean {
    if (this.over || this.backlogBytes + bytes.length > this.maxBacklogBytes) return false;
    const waits = this.backlogBytes > 0;
    this.backlog.push(bytes.slice());
    this.backlogBytes += bytes.length;
    if (!waits) this.flush();
    return true;
  }

  get descriptor(): number | null {
    return this.over ? null : this.port.fd;
  }

  discardInput(): number {
    let discarded = 0;
    for (let i = 0; i < MAX_READS_PER_TURN && !this.over; i++) {
      const count = this.attempt((fd) => readSync(fd, this.buffer));
      if (count === null) break;
      if (count === 0) this.lose(null);
      discarded += count;
      if (count < READ_BYTES) break;
    }
    return discarded;
  }

  close(): Promise<void> {
    this.over = true;
    this.closing ??= this.port.close().catch(() => undefined);
    return this.closing;
  }

  private listen(): void {
    this.port.poller.once('readable', (error) => {
      if (this.over) return;
      if (error === null) this.receive();
      else this.lose(error);
    });
  }

  private receive(): void {
    for (let i = 0; i < MAX_READS_PER_TURN && !this.over; i++) {
      const count = this.attempt((fd) => readSync(fd, this.buffer));
      if (count === null) break;
      if (count === 0) this.lose(null);
      else this.onBytes(this.buffer.slice(0, count));
      if (count < READ_BYTES) break;
    }
    if (!this.isClosed()) this.listen();
  }

  private flush(): void {
    while (this.backlog.length > 0) {
      const [first] = this.backlog as [Uint8Array];
      const count = this.attempt((fd) => writeSync(fd, first));
      if (this.over) return;
      const written = count ?? 0;
      this.backlogBytes -= written;
      if (written === first.length) {
        this.backlog.shift();
        continue;
      }
      this.backlog[0] = first.subarray(written);
      this.port.poller.once('writable', (error) => {
        if (this.over) return;
        if (error === null) this.flush();
        else this.lose(error);
      });
      return;
    }
  }

  /** The result, or null when the driver is not ready now; a real error loses the line. */
  private attempt(operate: (fd: number) => number): number | null {
    const { fd } = this.port;
    if (fd === null) {
      this.lose(null);
      return null;
    }
    try {
      return operate(fd);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EAGAIN' && code !== 'EINTR') this.lose(error);
      return null;
    }
  }

  private lose(cause: unknown): void {
    if (this.over) return;
    void this.close();
    this.onLost(portLostError(this.path, cause));
  }

  /** A listener may have closed the line. */
  private isClosed(): boolean {
    return this.over;
  }
}
