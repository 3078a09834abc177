import {
  MCAP_LIBRARY,
  MCAP_MAGIC,
  MESSAGE_HEADER_BYTES,
  OPCODE,
  RECORD_PREFIX_BYTES,
  SEGMENT_TAIL_BYTES,
} from './mcap-format.ts';

const TWO_32 = 4294967296;
const text = new TextEncoder();

/** A growing buffer of complete MCAP records; little-endian, strings with a u32 length. */
export class RecordWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private used = 0;

  constructor(initialBytes = 65_536) {
    this.buffer = new Uint8Array(initialBytes);
    this.view = new DataView(this.buffer.buffer);
  }

  get length(): number {
    return this.used;
  }

  /** The records written since the last reset; valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  reset(): void {
    this.used = 0;
  }

  magic(): void {
    this.reserve(MCAP_MAGIC.length);
    this.raw(MCAP_MAGIC);
  }

  header(): void {
    const profile = text.encode('');
    const library = text.encode(MCAP_LIBRARY);
    this.prefix(OPCODE.header, 8 + profile.length + library.length);
    this.blob(profile);
    this.blob(library);
  }

  schema(id: number, name: string, data: Uint8Array): void {
    const nameBytes = text.encode(name);
    const encoding = text.encode('protobuf');
    this.prefix(OPCODE.schema, 2 + 12 + nameBytes.length + encoding.length + data.length);
    this.u16(id);
    this.blob(nameBytes);
    this.blob(encoding);
    this.blob(data);
  }

  channel(id: number, schemaId: number, topic: string): void {
    const topicBytes = text.encode(topic);
    const encoding = text.encode('protobuf');
    this.prefix(OPCODE.channel, 4 + 12 + topicBytes.length + encoding.length);
    this.u16(id);
    this.u16(schemaId);
    this.blob(topicBytes);
    this.blob(encoding);
    this.u32(0);
  }

  /** `sequence` keeps its low 32 bits (MCAP has no more); both times are `timeNs`. */
  message(channelId: number, sequence: number, timeNs: number, data: Uint8Array): void {
    this.prefix(OPCODE.message, MESSAGE_HEADER_BYTES + data.length);
    this.u16(channelId);
    this.u32(sequence % TWO_32);
    this.u64(timeNs);
    this.u64(timeNs);
    this.raw(data);
  }

  /** Ends a file without a summary: DataEnd and Footer without checksums, magic. */
  tail(): void {
    this.reserve(SEGMENT_TAIL_BYTES);
    this.prefix(OPCODE.dataEnd, 4);
    this.u32(0);
    this.prefix(OPCODE.footer, 20);
    this.u64(0);
    this.u64(0);
    this.u32(0);
    this.raw(MCAP_MAGIC);
  }

  private prefix(opcode: number, bodyBytes: number): void {
    this.reserve(RECORD_PREFIX_BYTES + bodyBytes);
    this.buffer[this.used++] = opcode;
    this.u64(bodyBytes);
  }

  private u16(value: number): void {
    this.view.setUint16(this.used, value, true);
    this.used += 2;
  }

  private u32(value: number): void {
    this.view.setUint32(this.used, value, true);
    this.used += 4;
  }

  private u64(value: number): void {
    this.view.setUint32(this.used, value % TWO_32, true);
    this.view.setUint32(this.used + 4, value / TWO_32, true);
    this.used += 8;
  }

  private blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  private raw(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  private reserve(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.buffer.length) return;
    let size = this.buffer.length * 2;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.bytes());
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}
