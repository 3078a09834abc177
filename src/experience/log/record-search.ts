import { MAX_EXPERIENCE_BYTES } from '../../wire/experience/experience.ts';
import { CHECKSUM_BYTES } from '../../wire/experience/message-checksum.ts';
import {
  DATA_END_BYTES,
  FOOTER_BYTES,
  MCAP_MAGIC,
  MESSAGE_HEADER_BYTES,
  OPCODE,
  RECORD_PREFIX_BYTES,
} from './mcap-format.ts';
import { fitsLayout } from './record-layout.ts';
import { hasEqualTimes, verifiedTopic } from './softqd-message.ts';

/** Longest record that is read: a chunk of another writer fits, most corrupt lengths do not. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_BODY_BYTES = MESSAGE_HEADER_BYTES + MAX_EXPERIENCE_BYTES + CHECKSUM_BYTES;
const CHUNK_FIXED_BYTES = 40;
const MAX_COMPRESSION_NAME_BYTES = 16;

type Verdict = 'record' | 'none' | 'incomplete';

/** Opcode and body length of the record at `at`; the length is Infinity beyond any record. Needs RECORD_PREFIX_BYTES bytes. */
export function readPrefix(bytes: Uint8Array, at: number): { readonly opcode: number; readonly length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_PREFIX_BYTES);
  const length = view.getUint32(1, true) + view.getUint32(5, true) * 4294967296;
  return { opcode: bytes[at]!, length: length > MAX_RECORD_BYTES ? Infinity : length };
}

/**
 * Whether a record that proves itself begins at `at`: a message of softqd whose checksum matches, a chunk whose lengths add up, or the end
 * of the data. 'incomplete': bytes that decide it are not there yet.
 */
export function recordAt(bytes: Uint8Array, at: number): Verdict {
  const opcode = bytes[at]!;
  if (opcode !== OPCODE.message && opcode !== OPCODE.chunk && opcode !== OPCODE.dataEnd && opcode !== OPCODE.footer) {
    return 'none';
  }
  if (at + RECORD_PREFIX_BYTES > bytes.length) return 'incomplete';
  // The upper half of the length is zero.
  for (let i = at + 5; i < at + RECORD_PREFIX_BYTES; i++) if (bytes[i] !== 0) return 'none';
  const { length } = readPrefix(bytes, at);
  if (length === Infinity) return 'none';
  const start = at + RECORD_PREFIX_BYTES;
  switch (opcode) {
    case OPCODE.message:
      return messageAt(bytes, start, length);
    case OPCODE.chunk:
      return chunkAt(bytes, start, length);
    case OPCODE.dataEnd:
      return length === DATA_END_BYTES ? footerAt(bytes, start + length, false) : 'none';
    default:
      return footerAt(bytes, at, true);
  }
}

function messageAt(bytes: Uint8Array, start: number, length: number): Verdict {
  if (length < MESSAGE_HEADER_BYTES + CHECKSUM_BYTES || length > MAX_MESSAGE_BODY_BYTES) return 'none';
  if (start + MESSAGE_HEADER_BYTES > bytes.length) return 'incomplete';
  if (!hasEqualTimes(bytes, start)) return 'none';
  if (start + length > bytes.length) return 'incomplete';
  return verifiedTopic(bytes.subarray(start, start + length)) === null ? 'none' : 'record';
}

function chunkAt(bytes: Uint8Array, start: number, length: number): Verdict {
  if (length < CHUNK_FIXED_BYTES) return 'none';
  const nameAt = start + 28;
  if (nameAt + 4 > bytes.length) return 'incomplete';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nameBytes = view.getUint32(nameAt, true);
  if (nameBytes > MAX_COMPRESSION_NAME_BYTES) return 'none';
  const recordsAt = nameAt + 4 + nameBytes;
  if (recordsAt + 8 > bytes.length) return 'incomplete';
  const recordBytes = view.getUint32(recordsAt, true);
  if (view.getUint32(recordsAt + 4, true) !== 0 || recordBytes !== length - CHUNK_FIXED_BYTES - nameBytes)
    return 'none';
  if (start + length > bytes.length) return 'incomplete';
  return 'record';
}

/** A footer with the closing magic after it, or (`last` false) any record that may follow the end of the data. */
function footerAt(bytes: Uint8Array, at: number, last: boolean): Verdict {
  if (at + RECORD_PREFIX_BYTES > bytes.length) return 'incomplete';
  const { opcode, length } = readPrefix(bytes, at);
  const end = at + RECORD_PREFIX_BYTES + length;
  if (opcode === OPCODE.footer) {
    if (length !== FOOTER_BYTES) return 'none';
    if (!last) return 'record';
    if (end + MCAP_MAGIC.length > bytes.length) return 'incomplete';
    return MCAP_MAGIC.every((byte, i) => bytes[end + i] === byte) ? 'record' : 'none';
  }
  if (last || length === Infinity || opcode < OPCODE.schema || opcode > OPCODE.summaryOffset) return 'none';
  if (end > bytes.length) return 'incomplete';
  return fitsLayout(opcode, bytes.subarray(at + RECORD_PREFIX_BYTES, end)) ? 'record' : 'none';
}
