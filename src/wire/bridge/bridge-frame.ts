import { SoftqdError } from '../../base/errors.ts';
import { cobsDecode, cobsEncode, cobsMaximumLength } from './cobs.ts';
import { crc32 } from '../crc32.ts';

/** Max payload of a bridge frame in bytes; the buffers of the firmware have the same size. */
export const BRIDGE_MAX_PAYLOAD_BYTES = 1152;

const CRC_BYTES = 4;
const DELIMITER = 0;

/** Counters of a decoder; they never decrease. */
export interface BridgeFrameCounters {
  /** Decoded frames. */
  frames: number;
  bytes: number;
  /** Dropped frames, by cause: longer than the maximum, not COBS, too short for a payload and its CRC, wrong CRC. */
  tooLong: number;
  notCobs: number;
  tooShort: number;
  wrongCrc: number;
  /** Bytes dropped by `append` because the previous chunk was not decoded with `next`. */
  overflowBytes: number;
}

/**
 * The frame of one payload: COBS(payload, CRC-32 of it in little-endian order) between two zero bytes, so that the first frame after
 * noise is decoded. Throws E_FRAME_TOO_LARGE above `maximumPayload`, E_FRAME_INVALID for an empty payload.
 */
export function encodeBridgeFrame(payload: Uint8Array, maxPayloadBytes = BRIDGE_MAX_PAYLOAD_BYTES): Uint8Array {
  if (payload.length > maxPayloadBytes) {
    throw new SoftqdError(
      'E_FRAME_TOO_LARGE',
      `bridge frame: payload of ${payload.length} bytes exceeds the maximum of ${maxPayloadBytes}`,
      {
        values: { got: payload.length, maximum: maxPayloadBytes },
      },
    );
  }
  if (payload.length === 0) throw new SoftqdError('E_FRAME_INVALID', 'bridge frame: the payload is empty');
  const plain = new Uint8Array(payload.length + CRC_BYTES);
  plain.set(payload);
  new DataView(plain.buffer).setUint32(payload.length, crc32(payload), true);
  const frame = new Uint8Array(cobsMaximumLength(plain.length) + 2);
  const written = cobsEncode(plain, plain.length, frame, 1);
  return frame.subarray(0, written + 2);
}

/**
 * Decodes received bytes to complete payloads. Never throws, never keeps more than one chunk and one frame. A corrupt frame is dropped
 * and counted.
 *
 *     decoder.append(chunk);
 *     for (let payload = decoder.next(); payload !== null; payload = decoder.next()) use(payload);
 */
export class BridgeFrameDecoder {
  readonly counters: BridgeFrameCounters = {
    frames: 0,
    bytes: 0,
    tooLong: 0,
    notCobs: 0,
    tooShort: 0,
    wrongCrc: 0,
    overflowBytes: 0,
  };
  private readonly maxEncodedBytes: number;
  private readonly maxUnreadBytes: number;
  /** The encoded start of an incomplete frame. */
  private readonly partial: Uint8Array;
  private partialLength = 0;
  /** True while the rest of a frame that is too long is skipped. */
  private skipping = false;
  private readonly decoded: Uint8Array;
  private chunk: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(maxPayloadBytes = BRIDGE_MAX_PAYLOAD_BYTES) {
    this.maxEncodedBytes = cobsMaximumLength(maxPayloadBytes + CRC_BYTES);
    this.maxUnreadBytes = 64 * this.maxEncodedBytes;
    this.partial = new Uint8Array(this.maxEncodedBytes);
    this.decoded = new Uint8Array(maxPayloadBytes + CRC_BYTES);
  }

  /** Adds received bytes. The chunk is read in place: do not change it before `next` has returned null. */
  append(chunk: Uint8Array): void {
    this.counters.bytes += chunk.length;
    if (this.at >= this.chunk.length) {
      this.chunk = chunk;
    } else {
      let joined = new Uint8Array(this.chunk.length - this.at + chunk.length);
      joined.set(this.chunk.subarray(this.at));
      joined.set(chunk, this.chunk.length - this.at);
      if (joined.length > this.maxUnreadBytes) {
        this.counters.overflowBytes += joined.length - this.maxUnreadBytes;
        joined = joined.subarray(joined.length - this.maxUnreadBytes);
        this.partialLength = 0;
        this.skipping = true;
      }
      this.chunk = joined;
    }
    this.at = 0;
  }

  /** The next complete payload, or null when more bytes are needed. It is valid until the next call of `next`. */
  next(): Uint8Array | null {
    while (this.at < this.chunk.length) {
      const start = this.at;
      const found = this.chunk.indexOf(DELIMITER, start);
      const end = found < 0 ? this.chunk.length : found;
      this.at = found < 0 ? end : found + 1;
      if (found < 0) {
        this.keep(start, end);
        break;
      }
      const payload = this.finish(start, end);
      if (payload !== null) return payload;
    }
    return null;
  }

  /** Discards an incomplete frame, for instance after a reconnect; the counters are kept. */
  reset(): void {
    this.partialLength = 0;
    this.skipping = false;
    this.chunk = new Uint8Array(0);
    this.at = 0;
  }

  private keep(start: number, end: number): void {
    if (this.skipping) return;
    if (this.partialLength + end - start > this.maxEncodedBytes) {
      this.counters.tooLong++;
      this.skipping = true;
      this.partialLength = 0;
      return;
    }
    this.partial.set(this.chunk.subarray(start, end), this.partialLength);
    this.partialLength += end - start;
  }

  private finish(start: number, end: number): Uint8Array | null {
    if (this.partialLength === 0 && !this.skipping) return this.decode(this.chunk, start, end);
    this.keep(start, end);
    const length = this.skipping ? 0 : this.partialLength;
    this.partialLength = 0;
    this.skipping = false;
    return this.decode(this.partial, 0, length);
  }

  private decode(source: Uint8Array, start: number, end: number): Uint8Array | null {
    if (start === end) return null;
    if (end - start > this.maxEncodedBytes) {
      this.counters.tooLong++;
      return null;
    }
    const length = cobsDecode(source, start, end, this.decoded);
    if (length < 0) {
      this.counters.notCobs++;
      return null;
    }
    const payloadLength = length - CRC_BYTES;
    if (payloadLength < 1) {
      this.counters.tooShort++;
      return null;
    }
    if (readUint32(this.decoded, payloadLength) !== crc32(this.decoded, 0, payloadLength)) {
      this.counters.wrongCrc++;
      return null;
    }
    this.counters.frames++;
    return this.decoded.subarray(0, payloadLength);
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
