import { crc32 } from 'node:zlib';
import { SoftqdError } from '../../base/errors.ts';
import type { ChannelInfo, SchemaInfo } from './channel-info.ts';
import { decompressChunk } from './compression.ts';
import type { LogDamage } from './log-damage.ts';
import { MCAP_LIBRARY, MESSAGE_HEADER_BYTES, OPCODE, RECORD_PREFIX_BYTES } from './mcap-format.ts';
import { RecordBody } from './record-body.ts';
import { RecordSplitter, type RawRecord } from './record-splitter.ts';
import { isSoftqdTopic, softqdChannel, verifiedTopic } from './softqd-message.ts';

/** One message of a file, still encoded; one of a softqd topic ends in its verified checksum. */
export interface RawMessage {
  readonly channel: ChannelInfo;
  readonly sequence: number;
  readonly logTimeNs: number;
  readonly data: Uint8Array;
  /** Start in the file of the record that contains it (itself, or its chunk). */
  readonly recordOffset: number;
}

/** Longest chunk after decompression, bytes. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

/** Turns records into messages; remembers the schemas and channels of the file. */
export class RecordParser {
  /** Whether messages were in chunks. */
  chunked = false;
  private writtenBySoftqd = false;
  private readonly schemas = new Map<number, SchemaInfo>();
  private readonly channels = new Map<number, ChannelInfo>();

  /**
   * Adds the messages of a record to `out`. Returns null, or why the record is corrupt (its length may be, too: search inside it). Damage
   * inside a chunk goes to `onDamage`. Throws E_LOG_FILE for a compression that is not supported.
   */
  accept(record: RawRecord, out: RawMessage[], onDamage: (damage: LogDamage) => void): string | null {
    const body = new RecordBody(record.body);
    switch (record.opcode) {
      case OPCODE.header:
        body.blob();
        this.writtenBySoftqd = body.string() === MCAP_LIBRARY;
        return null;
      case OPCODE.schema: {
        const id = body.u16();
        this.schemas.set(id, { name: body.string(), encoding: body.string(), data: body.blob() });
        return null;
      }
      case OPCODE.channel: {
        const id = body.u16();
        const schema = this.schemas.get(body.u16()) ?? null;
        this.channels.set(id, { id, schema, topic: body.string(), messageEncoding: body.string() });
        return null;
      }
      case OPCODE.message:
        return this.acceptMessage(record.body, record.offset, out, true);
      case OPCODE.chunk:
        this.chunked = true;
        this.acceptChunk(record, out, onDamage);
        return null;
      default:
        // softqd writes no private records: a corrupt opcode.
        return record.opcode >= 0x80 && this.writtenBySoftqd ? `opcode ${record.opcode} is not used by softqd` : null;
    }
  }

  /** `fixedIds`: channel IDs are those of an open segment, known without their declarations. */
  private acceptMessage(bytes: Uint8Array, recordOffset: number, out: RawMessage[], fixedIds: boolean): string | null {
    if (bytes.length < MESSAGE_HEADER_BYTES) return 'a message is shorter than its header';
    const body = new RecordBody(bytes);
    const id = body.u16();
    const name = verifiedTopic(bytes);
    const declared = this.channels.get(id);
    if (name !== null && declared !== undefined && isSoftqdTopic(declared.topic)) {
      const { id: fixedId, topic } = softqdChannel(name);
      if (declared.topic !== topic && !(fixedIds && id === fixedId)) return `a message of ${topic} is on channel ${id}`;
    }
    const channel = name === null ? declared : softqdChannel(name);
    if (channel === undefined) return `message on undeclared channel ${id}`;
    if (name === null && isSoftqdTopic(channel.topic))
      return `a message of ${channel.topic} does not match its checksum`;
    const sequence = body.u32();
    const logTimeNs = body.u64();
    out.push({ channel, sequence, logTimeNs, data: bytes.subarray(MESSAGE_HEADER_BYTES), recordOffset });
    return null;
  }

  private acceptChunk(record: RawRecord, out: RawMessage[], onDamage: (damage: LogDamage) => void): void {
    const { records, problem } = unpackChunk(record);
    if (problem !== null) {
      const bytes = RECORD_PREFIX_BYTES + record.body.length;
      onDamage({ kind: 'chunk', at: record.offset, bytes, records: 1, reason: problem });
    }
    const atChunk = (damage: LogDamage): void => {
      if (problem === null) onDamage({ ...damage, kind: 'record', at: record.offset });
    };
    const splitter = new RecordSplitter(atChunk, 'records');
    const untrusted = problem === null ? null : new VerifiedMessages();
    splitter.append(records);
    do {
      for (let inner = splitter.next(); inner !== null; inner = splitter.next()) {
        const damage = this.acceptInner(inner, untrusted, record.offset, out);
        if (damage !== null) splitter.reject(inner, damage);
      }
    } while (splitter.skipIncomplete());
    const { pendingDamage } = splitter;
    if (pendingDamage !== null) atChunk(pendingDamage);
  }

  /** Of a chunk that is `untrusted` only messages that have a checksum are used, each once. */
  private acceptInner(
    record: RawRecord,
    untrusted: VerifiedMessages | null,
    chunkOffset: number,
    out: RawMessage[],
  ): string | null {
    if (record.opcode === OPCODE.message) {
      return untrusted?.problemOf(record.body) ?? this.acceptMessage(record.body, chunkOffset, out, false);
    }
    if (untrusted !== null || (record.opcode !== OPCODE.schema && record.opcode !== OPCODE.channel)) return null;
    return this.accept(record, out, () => undefined);
  }
}

/**
 * The messages of a corrupt chunk. A changed back-reference of its compression can copy an earlier message, checksum and all, over a later
 * one: a second copy is corrupt, too.
 */
class VerifiedMessages {
  private readonly bodies = new Set<string>();

  problemOf(body: Uint8Array): string | null {
    if (body.length < MESSAGE_HEADER_BYTES || verifiedTopic(body) === null) return 'a message in a damaged chunk';
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
    if (this.bodies.has(text)) return 'a second copy of a message in a damaged chunk';
    this.bodies.add(text);
    return null;
  }
}

/** The records of a chunk, as far as they can be decompressed, and what is wrong with them, or null. */
function unpackChunk(record: RawRecord): { readonly records: Uint8Array; readonly problem: string | null } {
  const body = new RecordBody(record.body);
  body.skip(16);
  const uncompressedBytes = body.u64();
  const checksum = body.u32();
  const compression = body.string();
  const compressed = body.longBlob();
  const none = new Uint8Array(0);
  if (uncompressedBytes > MAX_CHUNK_BYTES) return { records: none, problem: `a chunk of ${uncompressedBytes} bytes` };
  let records: Uint8Array;
  try {
    records = decompressChunk(compressed, compression, uncompressedBytes);
  } catch (thrown) {
    if (thrown instanceof SoftqdError) throw thrown;
    return { records: none, problem: 'a chunk cannot be decompressed' };
  }
  if (checksum !== 0 && crc32(records) !== checksum) return { records, problem: 'a chunk does not match its checksum' };
  if (records.length !== uncompressedBytes) return { records, problem: 'the length of a chunk does not match' };
  return { records, problem: null };
}
