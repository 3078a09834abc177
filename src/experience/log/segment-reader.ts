import { open, type FileHandle } from 'node:fs/promises';
import { SoftqdError } from '../../base/errors.ts';
import { compressionReady } from './compression.ts';
import { diskError, openError } from './disk-errors.ts';
import { addDamage, NO_DAMAGE, type DamageCounts, type LogDamage } from './log-damage.ts';
import { RecordParser, type RawMessage } from './record-parser.ts';
import { RecordSplitter } from './record-splitter.ts';

/** Where to resume reading a file: at a record, with the channels declared before it. */
export interface SegmentPosition {
  readonly path: string;
  readonly inode: number;
  readonly offset: number;
  readonly parser: RecordParser;
}

const BLOCK_BYTES = 256 * 1024;
/** Damaged places that are kept; more are only counted. */
const MAX_PLACES = 100;
const ignore = (): void => undefined;

/**
 * Reads the messages of one MCAP file, block by block. Messages of softqd topics are verified; corrupt records and chunks are skipped and
 * counted. At the end of the bytes `next` returns null; if the file has grown since, a later call resumes.
 */
export class SegmentReader {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly inode: number;
  private readonly splitter: RecordSplitter;
  private readonly parser: RecordParser;
  private readonly places: LogDamage[] = [];
  private readonly onDamage: (damage: LogDamage) => void;
  private skipped = NO_DAMAGE;
  private position: number;

  private constructor(handle: FileHandle, mark: SegmentPosition, onDamage: (damage: LogDamage) => void) {
    this.path = mark.path;
    this.handle = handle;
    this.inode = mark.inode;
    this.onDamage = onDamage;
    this.parser = mark.parser;
    this.splitter = new RecordSplitter(this.recordDamage, mark.offset === 0 ? 'file' : 'records', mark.offset);
    this.position = mark.offset;
  }

  /** `onDamage` is called for each corrupt place that has been skipped. Throws E_LOG_FILE when the file cannot be opened. */
  static async open(path: string, onDamage: (damage: LogDamage) => void = ignore): Promise<SegmentReader> {
    await compressionReady();
    try {
      const handle = await open(path, 'r');
      const facts = await handle.stat();
      const mark = { path, inode: facts.ino, offset: 0, parser: new RecordParser() };
      if (facts.isFile()) return new SegmentReader(handle, mark, onDamage);
      await handle.close();
    } catch (thrown) {
      throw openError(thrown, path);
    }
    throw new SoftqdError('E_LOG_FILE', `${path} is not a file`, { hint: 'Pass an .mcap file.', values: { path } });
  }

  /** Resumes at a mark; null when another file is there now (it was compacted). Throws E_LOG_FILE when there is none. */
  static async openAt(
    mark: SegmentPosition,
    onDamage: (damage: LogDamage) => void = ignore,
  ): Promise<SegmentReader | null> {
    try {
      const handle = await open(mark.path, 'r');
      if ((await handle.stat()).ino === mark.inode) return new SegmentReader(handle, mark, onDamage);
      await handle.close();
      return null;
    } catch (thrown) {
      throw openError(thrown, mark.path);
    }
  }

  /** The position of a message that this reader returned. */
  positionOf({ recordOffset }: RawMessage): SegmentPosition {
    return { path: this.path, inode: this.inode, offset: recordOffset, parser: this.parser };
  }

  /** Whether the file was closed properly (its end was read). */
  get closed(): boolean {
    return this.splitter.ended;
  }

  get chunked(): boolean {
    return this.parser.chunked;
  }

  /** End of the last complete record read so far. */
  get completeBytes(): number {
    return this.splitter.offset;
  }

  /** Bytes of the file read so far, those of an incomplete record included. */
  get fileBytes(): number {
    return this.position;
  }

  /** What was skipped so far, with damage that reaches to the end of the bytes read. */
  get damage(): DamageCounts {
    const pending = this.splitter.pendingDamage;
    return pending === null ? this.skipped : addDamage(this.skipped, pending);
  }

  /** The first hundred corrupt places. */
  get damagedPlaces(): readonly LogDamage[] {
    const pending = this.splitter.pendingDamage;
    return pending === null ? this.places : [...this.places, pending];
  }

  /** Damage that reaches to the end of the bytes read; null when the bytes end with a record or within one. */
  get damageAtEnd(): LogDamage | null {
    return this.splitter.pendingDamage;
  }

  /** The messages of the next block (maybe none), or null at the end of the bytes. Throws E_DISK, E_LOG_FILE (compression). */
  async next(): Promise<readonly RawMessage[] | null> {
    if (this.closed) return null;
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    let bytesRead: number;
    try {
      ({ bytesRead } = await this.handle.read(block, 0, BLOCK_BYTES, this.position));
    } catch (thrown) {
      throw diskError(thrown, this.path);
    }
    if (bytesRead === 0) return this.splitter.skipIncomplete() ? this.take() : null;
    this.position += bytesRead;
    this.splitter.append(block.subarray(0, bytesRead));
    return this.take();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private take(): readonly RawMessage[] {
    const messages: RawMessage[] = [];
    for (let record = this.splitter.next(); record !== null; record = this.splitter.next()) {
      const problem = this.parser.accept(record, messages, this.recordDamage);
      if (problem !== null) this.splitter.reject(record, problem);
    }
    return messages;
  }

  private readonly recordDamage = (damage: LogDamage): void => {
    this.skipped = addDamage(this.skipped, damage);
    if (this.places.length < MAX_PLACES) this.places.push(damage);
    this.onDamage(damage);
  };
}

/** Passes every message of a file in order to `take` until it returns false; afterwards the reader has its end and its damage. */
export async function forEachMessage(reader: SegmentReader, take: (message: RawMessage) => boolean): Promise<void> {
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
    for (const message of batch) if (!take(message)) return;
  }
}
