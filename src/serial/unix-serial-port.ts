import { readSync, writeSync } from 'node:fs';
import type { SoftqdError } from '../base/errors.ts';
import { portLostError } from './serial-errors.ts';

/** An open serial port. The caller of `openSerial` sets the two listeners at once. */
export interface SerialTransport {
  /** The current path. */
  readonly path: string;
  /** An address for `openSerial` that finds this port again after a reconnect. */
  readonly stableAddress: string;
  /** Called with received bytes; the array is not reused. */
  onBytes: (chunk: Uint8Array) => void;
  /** Called once, not after `close`. */
  onLost: (error: SoftqdError) => void;
  /** The file descriptor of the port, for a child process to inherit; null when there is none. */
  readonly descriptor?: number | null;
  /** Reads and discards bytes that were not reported yet; returns how many there were. */
  discardInput?(): number;
  /** Writes without waiting. False when the backlog is full or the port is lost; nothing is written then. */
  write(bytes: Uint8Array): boolean;
  close(): Promise<void>;
}

/** A Linux or macOS port of the serial library: a non-blocking descriptor and a poller for it. */
export interface UnixPort {
  readonly fd: number | null;
  readonly poller: { once(event: 'readable' | 'writable', callback: (error: Error | null) => void): unknown };
  close(): Promise<void>;
}

export interface UnixSerialPortOptions {
  readonly path: string;
  readonly stableAddress: string;
  /** Maximum of bytes queued when the buffer of the operating system is full. */
  readonly maxBacklogBytes: number;
}

const READ_BYTES = 4096;
/** Other work of the event loop runs after this many reads. */
const MAX_READS_PER_TURN = 4;

/**
 * A port by its descriptor. The library's stream reads in the thread pool, where a slow disk delays it, and reads forever from a port that
 * hangs up, as an unplugged adapter does. Here a read of 0 bytes is a loss.
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
  private closed = false;
  private closing: Promise<void> | null = null;

  constructor(port: UnixPort, { path, stableAddress, maxBacklogBytes }: UnixSerialPortOptions) {
    this.port = port;
    this.path = path;
    this.stableAddress = stableAddress;
    this.maxBacklogBytes = maxBacklogBytes;
    this.listen();
  }

  write(bytes: Uint8Array): boolean {
    if (this.closed || this.backlogBytes + bytes.length > this.maxBacklogBytes) return false;
    const waits = this.backlogBytes > 0;
    this.backlog.push(bytes.slice());
    this.backlogBytes += bytes.length;
    if (!waits) this.flush();
    return true;
  }

  get descriptor(): number | null {
    return this.closed ? null : this.port.fd;
  }

  discardInput(): number {
    let discarded = 0;
    for (let i = 0; i < MAX_READS_PER_TURN && !this.closed; i++) {
      const count = this.attempt((fd) => readSync(fd, this.buffer));
      if (count === null) break;
      if (count === 0) this.lose(null);
      discarded += count;
      if (count < READ_BYTES) break;
    }
    return discarded;
  }

  close(): Promise<void> {
    this.closed = true;
    this.closing ??= this.port.close().catch(() => undefined);
    return this.closing;
  }

  private listen(): void {
    this.port.poller.once('readable', (error) => {
      if (this.closed) return;
      if (error === null) this.receive();
      else this.lose(error);
    });
  }

  private receive(): void {
    for (let i = 0; i < MAX_READS_PER_TURN && !this.closed; i++) {
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
      if (this.closed) return;
      const written = count ?? 0;
      this.backlogBytes -= written;
      if (written === first.length) {
        this.backlog.shift();
        continue;
      }
      this.backlog[0] = first.subarray(written);
      this.port.poller.once('writable', (error) => {
        if (this.closed) return;
        if (error === null) this.flush();
        else this.lose(error);
      });
      return;
    }
  }

  /** The result, or null when the port is not ready. Any other error is a loss. */
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
    if (this.closed) return;
    void this.close();
    this.onLost(portLostError(this.path, cause));
  }

  /** A listener may have closed the port. */
  private isClosed(): boolean {
    return this.closed;
  }
}
