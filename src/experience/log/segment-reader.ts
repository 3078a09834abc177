import { open, type FileHandle } from 'node:fs/promises';
import { toSoftqdError } from '../../base/errors.ts';
import { diskError, openError } from './disk-errors.ts';
import { RecordParser, type RawMessage } from './record-parser.ts';
import { RecordSplitter } from './record-splitter.ts';
import { zstdReady } from './zstd.ts';

const BLOCK_BYTES = 256 * 1024;

/**
 * Reads the messages of one MCAP file, block by block, up to the last whole record. At the end of the bytes `next` gives null; where the
 * file has grown meanwhile, a later call goes on.
 */
export class SegmentReader {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly splitter = new RecordSplitter();
  private readonly parser = new RecordParser();
  private position = 0;
  private whole = 0;
  private harm: string | null = null;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Throws E_LOG_FILE when the file cannot be opened. */
  static async open(path: string): Promise<SegmentReader> {
    await zstdReady();
    try {
      return new SegmentReader(path, await open(path, 'r'));
    } catch (thrown) {
      throw openError(thrown, path);
    }
  }

  /** Whether the file was closed properly (its end was seen). */
  get closed(): boolean {
    return this.splitter.ended;
  }

  get chunked(): boolean {
    return this.parser.chunked;
  }

  /** Where the last whole record read so far ends. */
  get wholeBytes(): number {
    return this.whole;
  }

  /** Bytes of the file read so far, torn ones at its end included. */
  get fileBytes(): number {
    return this.position;
  }

  /** Why reading stopped before the end of the bytes, or null. */
  get damage(): string | null {
    return this.harm;
  }

  /** The messages of the next block (maybe none), or null at the end of what is there. Throws E_DISK. */
  async next(): Promise<readonly RawMessage[] | null> {
    if (this.closed || this.harm !== null) return null;
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    let bytesRead: number;
    try {
      ({ bytesRead } = await this.handle.read(block, 0, BLOCK_BYTES, this.position));
    } catch (thrown) {
      throw diskError(thrown, this.path);
    }
    if (bytesRead === 0) return null;
    this.position += bytesRead;
    this.splitter.append(block.subarray(0, bytesRead));
    return this.take();
  }

  /** Length of the file now, bytes. */
  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private take(): readonly RawMessage[] {
    const messages: RawMessage[] = [];
    for (let record = this.splitter.next(); record !== null; record = this.splitter.next()) {
      try {
        this.parser.accept(record, messages);
      } catch (thrown) {
        this.harm = toSoftqdError(thrown).message;
        return messages;
      }
      this.whole = this.splitter.offset;
    }
    this.harm = this.splitter.damage;
    if (this.closed) this.whole = this.splitter.offset;
    return messages;
  }
}

/** Gives every message of a file in order to `take` until it returns false; what the reader says about the end is then true. */
export async function forEachMessage(reader: SegmentReader, take: (message: RawMessage) => boolean): Promise<void> {
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
    for (const message of batch) if (!take(message)) return;
  }
}
