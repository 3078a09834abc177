import { SoftqdError } from '../../base/errors.ts';

/** Bytes of one frame's payload, ordinary messages. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** Bytes of one frame's payload when it contains a policy or the daemon's part of a checkpoint. */
export const MAX_LARGE_FRAME_BYTES = 64 * 1024 * 1024;

const HEADER_BYTES = 4;

/** Length (u32 little-endian) and payload as one buffer. Throws E_FRAME_TOO_LARGE beyond `maximumBytes`. */
export function encodeFrame(payload: Uint8Array, maxBytes: number): Uint8Array {
  if (payload.length > maxBytes) throw tooLarge(payload.length, maxBytes);
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length, true);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/**
 * Bytes in any pieces -> complete payloads. Stores at most one frame and the piece that was appended last:
 * a length beyond the maximum of its message is rejected before its bytes arrive.
 */
export class FrameReader {
  private readonly pieces: Uint8Array[] = [];
  private buffered = 0;
  private readonly largeTag: number;

  /** `largeTag`: the first payload byte (protobuf tag) of the one message that may be large. */
  constructor(largeTag: number) {
    this.largeTag = largeTag;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.buffered += bytes.length;
  }

  /** The next complete payload, or null until more bytes arrive. Throws E_FRAME_INVALID or E_FRAME_TOO_LARGE; the stream is then lost. */
  next(): Uint8Array | null {
    if (this.buffered <= HEADER_BYTES) {
      if (this.buffered === HEADER_BYTES && this.length() === 0) throw empty();
      return null;
    }
    const length = this.length();
    if (length === 0) throw empty();
    const maximum = this.at(HEADER_BYTES) === this.largeTag ? MAX_LARGE_FRAME_BYTES : MAX_FRAME_BYTES;
    if (length > maximum) throw tooLarge(length, maximum);
    if (this.buffered < HEADER_BYTES + length) return null;
    return this.take(HEADER_BYTES + length).subarray(HEADER_BYTES);
  }

  private length(): number {
    return this.at(0) + this.at(1) * 0x100 + this.at(2) * 0x10000 + this.at(3) * 0x1000000;
  }

  private at(index: number): number {
    let left = index;
    for (const piece of this.pieces) {
      if (left < piece.length) return piece[left]!;
      left -= piece.length;
    }
    return 0;
  }

  private take(count: number): Uint8Array {
    const first = this.pieces[0]!;
    this.buffered -= count;
    if (first.length > count) {
      this.pieces[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    if (first.length === count) {
      this.pieces.shift();
      return first;
    }
    const out = new Uint8Array(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const piece = this.pieces[used]!;
      const part = Math.min(piece.length, count - filled);
      out.set(piece.subarray(0, part), filled);
      filled += part;
      if (part < piece.length) this.pieces[used] = piece.subarray(part);
      else used++;
    }
    this.pieces.splice(0, used);
    return out;
  }
}

function empty(): SoftqdError {
  return new SoftqdError('E_FRAME_INVALID', 'an empty frame arrived on the learner link');
}

function tooLarge(bytes: number, maximum: number): SoftqdError {
  return new SoftqdError(
    'E_FRAME_TOO_LARGE',
    `a frame of ${bytes} bytes on the learner link, the maximum is ${maximum}`,
    {
      values: { bytes, maximum },
    },
  );
}
