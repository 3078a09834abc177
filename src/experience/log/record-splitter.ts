import { MCAP_MAGIC, OPCODE, RECORD_PREFIX_BYTES } from './mcap-format.ts';

/** One record: a view into the splitter's buffer, valid until the next `append`. */
export interface RawRecord {
  readonly opcode: number;
  readonly body: Uint8Array;
  /** Where the record begins, bytes from the start of the stream. */
  readonly offset: number;
}

/** Longest record that is read: a chunk of a foreign writer fits, a damaged length does not. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** Highest opcode the format defines; 0x80 and above are private records, skipped by whoever does not know them. */
const LAST_OPCODE = 0x0f;

/**
 * Splits a stream of bytes into whole MCAP records. Bytes that cannot be a record end the stream there (`damage` says why): after a
 * power cut a file may end in zeros.
 */
export class RecordSplitter {
  /** Why nothing more is read, or null. */
  damage: string | null = null;
  /** Whether the magic that closes a file was seen. */
  ended = false;
  private buffer: Uint8Array = new Uint8Array(0);
  /** Position of buffer[0] in the stream. */
  private base: number;
  private position = 0;
  private expect: 'magic' | 'record' | 'end-magic';

  /** `records`: the stream begins with a record, at `base` of its file, as inside a chunk or when reading goes on. */
  constructor(kind: 'file' | 'records' = 'file', base = 0) {
    this.expect = kind === 'file' ? 'magic' : 'record';
    this.base = base;
  }

  /** Where the last whole record ends, bytes from the start of the stream. */
  get offset(): number {
    return this.base + this.position;
  }

  /** Adds bytes; what was not yet split is kept. */
  append(bytes: Uint8Array): void {
    const rest = this.buffer.subarray(this.position);
    this.base += this.position;
    this.position = 0;
    if (rest.length === 0) {
      this.buffer = bytes;
      return;
    }
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.buffer = joined;
  }

  /** The next whole record, or null: more bytes are needed, the file ended, or there is damage. */
  next(): RawRecord | null {
    if (this.damage !== null || this.ended) return null;
    if (this.expect === 'magic' && !this.takeMagic('not an MCAP file (bad magic)')) return null;
    if (this.expect === 'end-magic') {
      this.ended = this.takeMagic('the closing magic is damaged');
      return null;
    }
    const available = this.buffer.length - this.position;
    if (available < RECORD_PREFIX_BYTES) return null;
    const view = new DataView(this.buffer.buffer, this.buffer.byteOffset + this.position, RECORD_PREFIX_BYTES);
    const opcode = view.getUint8(0);
    const length = view.getUint32(1, true) + view.getUint32(5, true) * 4294967296;
    if (opcode === 0 || (opcode > LAST_OPCODE && opcode < 0x80)) {
      this.damage = `opcode ${opcode} is not of this format`;
      return null;
    }
    if (length > MAX_RECORD_BYTES) {
      this.damage = `a record of ${length} bytes is longer than ${MAX_RECORD_BYTES}`;
      return null;
    }
    if (available < RECORD_PREFIX_BYTES + length) return null;
    const offset = this.offset;
    const start = this.position + RECORD_PREFIX_BYTES;
    this.position = start + length;
    if (opcode === OPCODE.footer) this.expect = 'end-magic';
    return { opcode, body: this.buffer.subarray(start, start + length), offset };
  }

  private takeMagic(complaint: string): boolean {
    const end = Math.min(this.buffer.length, this.position + MCAP_MAGIC.length);
    for (let i = this.position; i < end; i++) {
      if (this.buffer[i] !== MCAP_MAGIC[i - this.position]) {
        this.damage = complaint;
        return false;
      }
    }
    if (end - this.position < MCAP_MAGIC.length) return false;
    this.position = end;
    this.expect = 'record';
    return true;
  }
}
