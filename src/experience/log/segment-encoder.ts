import { CHECKSUM_BYTES, withChecksum } from '../../wire/experience/message-checksum.ts';
import { experienceDescriptorSet } from './descriptor-set.ts';
import { MESSAGE_HEADER_BYTES, RECORD_PREFIX_BYTES, SEGMENT_TAIL_BYTES } from './mcap-format.ts';
import { RecordWriter } from './record-writer.ts';
import { TOPICS, type TopicName } from './topics.ts';

/** Bytes for one write. */
export interface WriteBatch {
  readonly segment: number;
  /** Where they go in the segment's file. */
  readonly position: number;
  readonly writer: RecordWriter;
  /** Whether they end the segment. */
  readonly ends: boolean;
}

export interface SegmentEncoderOptions {
  readonly maxSegmentBytes: number;
  /** Where to append: number, bytes and messages of the last segment. */
  readonly segment: number;
  readonly bytes: number;
  readonly messages: number;
}

/** Writes the start of every segment: header, all schemas, all channels. */
export function writeSegmentStart(writer: RecordWriter): void {
  writer.magic();
  writer.header();
  for (const { id, schema } of Object.values(TOPICS)) writer.schema(id, schema, experienceDescriptorSet(schema));
  for (const { id, topic } of Object.values(TOPICS)) writer.channel(id, id, topic);
}

/**
 * Messages -> bytes of segments. Where a segment ends depends on its content alone, never on time or on how often batches are taken:
 * equal messages produce equal files.
 */
export class SegmentEncoder {
  private readonly maxSegmentBytes: number;
  private segment: number;
  /** Bytes and messages of the current segment, taken ones included. */
  private bytes: number;
  private messages: number;
  private current = new RecordWriter();
  private readonly completed: WriteBatch[] = [];
  private reusableBuffer: RecordWriter | null = null;

  constructor({ maxSegmentBytes, segment, bytes, messages }: SegmentEncoderOptions) {
    this.maxSegmentBytes = maxSegmentBytes;
    this.segment = segment;
    this.bytes = bytes;
    this.messages = messages;
    if (bytes === 0) this.start();
  }

  /** Bytes added and not yet taken. */
  get waitingBytes(): number {
    let bytes = this.current.length;
    for (const batch of this.completed) bytes += batch.writer.length;
    return bytes;
  }

  /** Adds a message and its checksum; returns the bytes used (with the start of a new segment, if it began one). */
  add(name: TopicName, sequence: number, timeNs: number, data: Uint8Array): number {
    const recordBytes = RECORD_PREFIX_BYTES + MESSAGE_HEADER_BYTES + data.length + CHECKSUM_BYTES;
    let added = recordBytes;
    if (this.messages > 0 && this.bytes + recordBytes + SEGMENT_TAIL_BYTES > this.maxSegmentBytes) {
      this.end();
      this.segment += 1;
      this.bytes = 0;
      this.messages = 0;
      added += SEGMENT_TAIL_BYTES + this.start();
    }
    const { id, checksumField } = TOPICS[name];
    this.current.message(id, sequence, timeNs, withChecksum(data, checksumField));
    this.bytes += recordBytes;
    this.messages += 1;
    return added;
  }

  /** Ends the last segment; nothing may be added afterwards. Returns the bytes used. */
  end(): number {
    this.current.tail();
    this.bytes += SEGMENT_TAIL_BYTES;
    this.seal(true);
    return SEGMENT_TAIL_BYTES;
  }

  /** The next bytes to write, or null. Call `recycle` when they are written. */
  take(): WriteBatch | null {
    if (this.completed.length === 0 && this.current.length > 0) this.seal(false);
    return this.completed.shift() ?? null;
  }

  recycle(batch: WriteBatch): void {
    batch.writer.reset();
    this.reusableBuffer = batch.writer;
  }

  private start(): number {
    writeSegmentStart(this.current);
    this.bytes = this.current.length;
    return this.bytes;
  }

  private seal(ends: boolean): void {
    const writer = this.current;
    this.completed.push({ segment: this.segment, position: this.bytes - writer.length, writer, ends });
    this.current = this.reusableBuffer ?? new RecordWriter();
    this.reusableBuffer = null;
  }
}
