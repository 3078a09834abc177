import { createWriteStream, type WriteStream } from 'node:fs';
import { SoftqdError } from '../base/errors.ts';

/** Max characters that wait for the disk. */
const MAX_QUEUED_LINES = 64 * 1024 * 1024;
const CHUNK = 64 * 1024;
/** A reader of the file is at most this far behind the device. */
const FLUSH_PERIOD_MS = 100;

/**
 * The ground truth, one JSON object per line, in order of time (`atNs` of CLOCK_MONOTONIC): `start`, `joints` (positions and velocities
 * in the units of the robot), `drives` (what each joint's motor does, when it changes), `reply` (`bytes` sent by the servo and, where a fault changed them, `arrived`), `request` (`bytes` received
 * by the servos), `frame` (of a board), `fault`. Lines that a slow disk cannot accept are dropped and counted in the last line.
 */
export class GroundTruthLog {
  private readonly stream: WriteStream;
  private waiting = '';
  private lost = 0;
  private failure: Error | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(file: string) {
    this.stream = createWriteStream(file);
    this.stream.on('error', (error) => {
      this.failure ??= error;
    });
    this.timer = setInterval(() => this.flush(), FLUSH_PERIOD_MS).unref();
  }

  write(kind: string, atNs: number, fields: Readonly<Record<string, unknown>>): void {
    if (this.stream.writableLength + this.waiting.length > MAX_QUEUED_LINES) {
      this.lost++;
      return;
    }
    this.waiting += `${JSON.stringify({ kind, atNs: Math.round(atNs), ...fields })}\n`;
    if (this.waiting.length >= CHUNK) this.flush();
  }

  private flush(): void {
    if (this.waiting !== '' && this.failure === null) this.stream.write(this.waiting);
    this.waiting = '';
  }

  /** Throws E_DISK when something could not be written. */
  async close(atNs: number): Promise<void> {
    clearInterval(this.timer);
    this.write('end', atNs, { droppedLines: this.lost });
    this.flush();
    if (this.failure === null) {
      await new Promise<void>((resolve) => {
        this.stream.once('error', () => resolve());
        this.stream.end(resolve);
      });
    }
    if (this.failure !== null) {
      throw new SoftqdError('E_DISK', `${String(this.stream.path)}: ${this.failure.message}`, { cause: this.failure });
    }
  }
}

/** Lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
