import { open, type FileHandle } from 'node:fs/promises';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { diskError, openError } from './disk-errors.ts';
import { RecordParser, type RawMessage } from './record-parser.ts';
import { RecordSplitter } from './record-splitter.ts';
import { zstdReady } from './zstd.ts';

/** Where to go on reading a file: at a record, knowing the channels declared before it. */
export interface SegmentPosition {
  readonly path: string;
  readonly inode: number;
  readonly offset: number;
  readonly parser: RecordParser;
}

const BLOCK_BYTES = 256 * 1024;

/**
 * Reads the messages of one MCAP file, block by block, up to the last whole record. At the end of the bytes `next` gives null; where the
 * file has grown meanwhile, a later call goes on.
 */
export class SegmentReader {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly inode: number;
  private readonly splitter: RecordSplitter;
  private readonly parser: RecordParser;
  private position: number;
  private validBytes: number;
  private damageFound: string | null = null;

  private constructor(handle: FileHandle, mark: SegmentPosition) {
    this.path = mark.path;
    this.handle = handle;
    this.inode = mark.inode;
    this.parser = mark.parser;
    this.splitter = mark.offset === 0 ? new RecordSplitter() : new RecordSplitter('records', mark.offset);
    this.position = mark.offset;
    this.validBytes = mark.offset;
  }

  /** Throws E_LOG_FILE when the file cannot be opened. */
  static async open(path: string): Promise<SegmentReader> {
    await zstdReady();
    try {
      const handle = await open(path, 'r');
      const facts = await handle.stat();
      if (facts.isFile())
        return new SegmentReader(handle, { path, inode: facts.ino, offset: 0, parser: new RecordParser() });
      await handle.close();
    } catch (thrown) {
      throw openError(thrown, path);
    }
    throw new SoftqdError('E_LOG_FILE', `${path} is not a file`, { hint: 'Pass an .mcap file.', values: { path } });
  }

  /** Goes on at a mark; null when the file there is another one now (it was compacted). Throws E_LOG_FILE when there is none. */
  static async openAt(mark: SegmentPosition): Promise<SegmentReader | null> {
    try {
      const handle = await open(mark.path, 'r');
      if ((await handle.stat()).ino === mark.inode) return new SegmentReader(handle, mark);
      await handle.close();
      return null;
    } catch (thrown) {
      throw openError(thrown, mark.path);
    }
  }

  /** The place of a message that this reader gave. */
  positionOf({ recordOffset }: RawMessage): SegmentPosition {
    return { path: this.path, inode: this.inode, offset: recordOffset, parser: this.parser };
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
    return this.validBytes;
  }

  /** Bytes of the file read so far, torn ones at its end included. */
  get fileBytes(): number {
    return this.position;
  }

  /** Why reading stopped before the end of the bytes, or null. */
  get damage(): string | null {
    return this.damageFound;
  }

  /** The messages of the next block (maybe none), or null at the end of what is there. Throws E_DISK. */
  async next(): Promise<readonly RawMessage[] | null> {
    if (this.closed || this.damageFound !== null) return null;
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
        this.damageFound = toSoftqdError(thrown).message;
        return messages;
      }
      this.validBytes = this.splitter.offset;
    }
    this.damageFound = this.splitter.damage;
    if (this.closed) this.validBytes = this.splitter.offset;
    return messages;
  }
}

/** Gives every message of a file in order to `take` until it returns false; what the reader says about the end is then true. */
export async function forEachMessage(reader: SegmentReader, take: (message: RawMessage) => boolean): Promise<void> {
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
    for (const message of batch) if (!take(message)) return;
  }
}
