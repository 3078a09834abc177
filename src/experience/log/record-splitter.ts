import type { LogDamage } from './log-damage.ts';
import { MCAP_MAGIC, OPCODE, RECORD_PREFIX_BYTES } from './mcap-format.ts';
import { fitsLayout } from './record-layout.ts';
import { MAX_RECORD_BYTES, readPrefix, recordAt } from './record-search.ts';

/** One record: a view into the splitter's buffer, valid until the next `append`. */
export interface RawRecord {
  readonly opcode: number;
  readonly body: Uint8Array;
  /** Start of the record, bytes from the start of the file. */
  readonly offset: number;
}

/** Highest opcode the format defines; 0x80 and above are private records. */
const LAST_OPCODE = 0x0f;

/** Damage whose end is not found yet. */
interface OpenDamage {
  readonly kind: 'record' | 'chunk';
  readonly at: number;
  readonly reason: string;
  /** Where the next record begins if the corrupt ones have correct lengths; NaN = unknown. */
  next: number;
  /** Records up to there. */
  records: number;
}

/**
 * Splits a stream of bytes into MCAP records. After bytes that cannot be a record, or a record that its receiver rejects, it searches for
 * the next one that proves itself (record-search.ts) and reports what was skipped.
 */
export class RecordSplitter {
  /** Whether the magic that closes a file was found. */
  ended = false;
  private readonly onDamage: (damage: LogDamage) => void;
  private buffer: Uint8Array = new Uint8Array(0);
  /** Offset of buffer[0] in the file. */
  private base: number;
  private position = 0;
  private expect: 'magic' | 'record' | 'end-magic';
  private open: OpenDamage | null = null;

  /** `records`: the stream begins with a record, at `base` of its file, as inside a chunk or when reading is resumed. */
  constructor(onDamage: (damage: LogDamage) => void, kind: 'file' | 'records' = 'file', base = 0) {
    this.onDamage = onDamage;
    this.expect = kind === 'file' ? 'magic' : 'record';
    this.base = base;
  }

  /** End of the last complete record, bytes from the start of the file. */
  get offset(): number {
    return this.open?.at ?? this.base + this.position;
  }

  /** Damage after which no record was found so far; its bytes reach to the end of what was appended. */
  get pendingDamage(): LogDamage | null {
    if (this.open === null) return null;
    return toDamage(this.open, this.base + this.buffer.length);
  }

  /** Adds bytes; those not split yet are kept. */
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

  /** The next record, or null: more bytes are needed or the file ended. */
  next(): RawRecord | null {
    for (;;) {
      if (this.ended || (this.open !== null && !this.search(false))) return null;
      const record = this.expect === 'record' ? this.takeRecord() : this.takeMagic();
      if (record !== 'again') return record;
    }
  }

  /** Marks the record that `next` returned last as corrupt: the search continues inside it, because its length may be wrong. */
  reject(record: RawRecord, reason: string): void {
    this.position = record.offset - this.base;
    this.expect = 'record';
    this.beginDamage(reason, record.opcode);
  }

  /**
   * At the end of the bytes: true when a record was found behind an incomplete one, whose length is then corrupt; `next` returns it.
   * Otherwise nothing changes, so that reading a growing file can continue.
   */
  skipIncomplete(): boolean {
    if (this.ended || this.position >= this.buffer.length) return false;
    if (this.open !== null) return this.search(true);
    const { position, expect } = this;
    this.beginDamage('a record is longer than the file', this.buffer[position]!);
    if (this.search(true)) return true;
    this.open = null;
    this.position = position;
    this.expect = expect;
    return false;
  }

  private takeRecord(): RawRecord | 'again' | null {
    const available = this.buffer.length - this.position;
    if (available < RECORD_PREFIX_BYTES) return null;
    const { opcode, length } = readPrefix(this.buffer, this.position);
    if (opcode === 0 || (opcode > LAST_OPCODE && opcode < 0x80)) {
      return this.beginDamage(`opcode ${opcode} is not part of the format`, opcode);
    }
    if (length === Infinity) return this.beginDamage(`a record is longer than ${MAX_RECORD_BYTES} bytes`, opcode);
    if (available < RECORD_PREFIX_BYTES + length) return null;
    const offset = this.offset;
    const start = this.position + RECORD_PREFIX_BYTES;
    const body = this.buffer.subarray(start, start + length);
    if (!fitsLayout(opcode, body))
      return this.beginDamage(`lengths in a record of type ${opcode} do not match`, opcode);
    this.position = start + length;
    if (opcode === OPCODE.footer) this.expect = 'end-magic';
    return { opcode, body, offset };
  }

  private takeMagic(): 'again' | null {
    const end = Math.min(this.buffer.length, this.position + MCAP_MAGIC.length);
    const closing = this.expect === 'end-magic';
    for (let i = this.position; i < end; i++) {
      if (this.buffer[i] !== MCAP_MAGIC[i - this.position]) {
        const reason = closing ? 'the closing magic is damaged' : 'not an MCAP file (bad magic)';
        return this.beginDamage(reason, 0, MCAP_MAGIC.length);
      }
    }
    if (end - this.position < MCAP_MAGIC.length) return null;
    this.position = end;
    this.expect = 'record';
    this.ended = closing;
    return 'again';
  }

  /** Damage begins at `position`; `bytes` is its length where known without a record prefix. */
  private beginDamage(reason: string, opcode: number, bytes: number | null = null): 'again' {
    const at = this.base + this.position;
    this.open = { kind: opcode === OPCODE.chunk ? 'chunk' : 'record', at, reason, next: NaN, records: 0 };
    if (bytes === null) this.followLength(this.open, this.position);
    else this.open.next = at + bytes;
    this.expect = 'record';
    this.position += 1;
    return 'again';
  }

  /** Searches from `position` on; `final`: no more bytes come. On success the damage is reported and `position` is at a record. */
  private search(final: boolean): boolean {
    const open = this.open!;
    let incomplete = -1;
    for (let at = this.position; at < this.buffer.length; at++) {
      const follows = this.base + at === open.next;
      const verdict = follows && this.fitsAt(at) ? 'record' : recordAt(this.buffer, at);
      if (verdict === 'record') {
        this.close(open, at);
        return true;
      }
      if (verdict === 'incomplete') {
        if (!final) {
          this.position = at;
          return false;
        }
        if (incomplete < 0) incomplete = at;
      }
      if (follows) this.followLength(open, at);
    }
    this.position = incomplete < 0 ? this.buffer.length : incomplete;
    return false;
  }

  /** Whether a complete record with consistent lengths begins exactly where a corrupt one ends; messages and chunks need more evidence. */
  private fitsAt(at: number): boolean {
    if (at + RECORD_PREFIX_BYTES > this.buffer.length) return false;
    const { opcode, length } = readPrefix(this.buffer, at);
    if (opcode === 0 || opcode > LAST_OPCODE || opcode === OPCODE.message || opcode === OPCODE.chunk) return false;
    const start = at + RECORD_PREFIX_BYTES;
    return start + length <= this.buffer.length && fitsLayout(opcode, this.buffer.subarray(start, start + length));
  }

  private close(open: OpenDamage, position: number): void {
    this.position = position;
    this.open = null;
    this.onDamage(toDamage(open, this.base + position));
  }

  /** Counts the record at `at` as a corrupt one if its length is possible. */
  private followLength(open: OpenDamage, at: number): void {
    open.next = NaN;
    if (at + RECORD_PREFIX_BYTES > this.buffer.length) return;
    const { length } = readPrefix(this.buffer, at);
    if (length === Infinity) return;
    open.next = this.base + at + RECORD_PREFIX_BYTES + length;
    open.records += 1;
  }
}

function toDamage({ kind, at, reason, next, records }: OpenDamage, end: number): LogDamage {
  const counted = kind === 'record' && next === end ? Math.max(1, records) : 1;
  return { kind, at, bytes: end - at, records: counted, reason };
}
