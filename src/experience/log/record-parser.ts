import { crc32 } from 'node:zlib';
import { SoftqdError } from '../../base/errors.ts';
import { MESSAGE_HEADER_BYTES, OPCODE } from './mcap-format.ts';
import { RecordSplitter } from './record-splitter.ts';
import type { RawRecord } from './record-splitter.ts';
import { decompressZstd } from './zstd.ts';

export interface SchemaInfo {
  readonly name: string;
  readonly encoding: string;
  readonly data: Uint8Array;
}

export interface ChannelInfo {
  readonly id: number;
  readonly topic: string;
  readonly messageEncoding: string;
  /** null: the channel has no schema. */
  readonly schema: SchemaInfo | null;
}

/** One message of a file, still encoded. */
export interface RawMessage {
  readonly channel: ChannelInfo;
  readonly sequence: number;
  readonly logTimeNs: number;
  readonly data: Uint8Array;
  /** Where the record that holds it (itself, or its chunk) begins in the file. */
  readonly recordOffset: number;
}

/** Largest chunk after unpacking, bytes. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;
const text = new TextDecoder();

/** Turns records into messages; remembers the schemas and channels it has seen. */
export class RecordParser {
  /** Whether messages stood in chunks. */
  chunked = false;
  private readonly schemas = new Map<number, SchemaInfo>();
  private readonly channels = new Map<number, ChannelInfo>();

  /** Adds the messages of a record to `out`; throws E_LOG_FILE when the record is whole but damaged. */
  accept(record: RawRecord, out: RawMessage[]): void {
    const start = out.length;
    try {
      this.take(record, record.offset, out);
    } catch (thrown) {
      // A record counts whole or not at all.
      out.length = start;
      if (thrown instanceof SoftqdError) throw thrown;
      throw damaged(`a record of type ${record.opcode} is damaged`, thrown);
    }
  }

  private take(record: RawRecord, recordOffset: number, out: RawMessage[]): void {
    const body = new RecordBody(record.body);
    switch (record.opcode) {
      case OPCODE.schema: {
        const id = body.u16();
        this.schemas.set(id, { name: body.string(), encoding: body.string(), data: body.blob() });
        break;
      }
      case OPCODE.channel: {
        const id = body.u16();
        const schema = this.schemas.get(body.u16()) ?? null;
        this.channels.set(id, { id, schema, topic: body.string(), messageEncoding: body.string() });
        break;
      }
      case OPCODE.message: {
        const id = body.u16();
        const channel = this.channels.get(id);
        if (channel === undefined) throw damaged(`message on undeclared channel ${id}`);
        const sequence = body.u32();
        const logTimeNs = body.u64();
        out.push({ channel, sequence, logTimeNs, data: record.body.subarray(MESSAGE_HEADER_BYTES), recordOffset });
        break;
      }
      case OPCODE.chunk:
        this.chunked = true;
        this.takeChunk(body, recordOffset, out);
        break;
      default:
        break;
    }
  }

  private takeChunk(body: RecordBody, recordOffset: number, out: RawMessage[]): void {
    body.skip(16);
    const uncompressedBytes = body.u64();
    const checksum = body.u32();
    const compression = body.string();
    const packed = body.longBlob();
    if (uncompressedBytes > MAX_CHUNK_BYTES) throw damaged(`a chunk of ${uncompressedBytes} bytes`);
    const records = unpack(packed, compression, uncompressedBytes);
    if (records.length !== uncompressedBytes) throw damaged('chunk length mismatch');
    if (checksum !== 0 && crc32(records) !== checksum) throw damaged('the checksum of a chunk is wrong');
    const splitter = new RecordSplitter('records');
    splitter.append(records);
    for (let record = splitter.next(); record !== null; record = splitter.next()) {
      if (record.opcode !== OPCODE.chunk) this.take(record, recordOffset, out);
    }
    if (splitter.offset !== records.length) throw damaged('a chunk ends within a record');
  }
}

function unpack(packed: Uint8Array, compression: string, uncompressedBytes: number): Uint8Array {
  if (compression === '') return packed;
  if (compression === 'zstd') return decompressZstd(packed, uncompressedBytes);
  throw new SoftqdError('E_LOG_FILE', `unsupported chunk compression ${compression} (supported: zstd, none)`, {
    hint: 'Convert it first: mcap compress --compression zstd FILE.',
    values: { compression },
  });
}

function damaged(message: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_LOG_FILE', message, { cause });
}

/** Reads the fields of a record body one after another; past its end it throws. */
class RecordBody {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(bytes: number): void {
    this.position += bytes;
  }

  u16(): number {
    this.position += 2;
    return this.view.getUint16(this.position - 2, true);
  }

  u32(): number {
    this.position += 4;
    return this.view.getUint32(this.position - 4, true);
  }

  /** Exact to 2^53. */
  u64(): number {
    this.position += 8;
    return this.view.getUint32(this.position - 8, true) + this.view.getUint32(this.position - 4, true) * 4294967296;
  }

  string(): string {
    return text.decode(this.blob());
  }

  blob(): Uint8Array {
    return this.take(this.u32());
  }

  longBlob(): Uint8Array {
    return this.take(this.u64());
  }

  private take(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.bytes.length) throw damaged('a field is longer than its record');
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }
}
