/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): bytes without a zero, so that a zero can end a frame.
 * A code byte n in 1..254 stands for n - 1 bytes that follow and then a zero; 255 for 254 bytes and no zero.
 */

/** Max encoded length of `length` bytes, without the delimiter. */
export function cobsMaximumLength(length: number): number {
  return length + Math.max(1, Math.ceil(length / 254));
}

/**
 * Encodes source[0, length) to target[offset, ...) without a delimiter and returns the number of bytes written.
 * `target` has at least `cobsMaximumLength(length)` bytes from `offset` on.
 */
export function cobsEncode(source: Uint8Array, length: number, target: Uint8Array, offset = 0): number {
  let codeAt = offset;
  let write = offset + 1;
  let code = 1;
  for (let read = 0; read < length; read++) {
    const byte = source[read]!;
    if (byte !== 0) {
      target[write++] = byte;
      code++;
    }
    if (byte === 0 || (code === 0xff && read + 1 < length)) {
      target[codeAt] = code;
      codeAt = write++;
      code = 1;
    }
  }
  target[codeAt] = code;
  return write - offset;
}

/**
 * Decodes source[start, end), without delimiter, to the start of `target` and returns the number of bytes, or -1 when the bytes are
 * not COBS (empty, a zero inside, or a code that points beyond the end) or do not fit.
 */
export function cobsDecode(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  if (start >= end) return -1;
  let write = 0;
  let read = start;
  while (read < end) {
    const code = source[read++]!;
    const stop = read + code - 1;
    if (code === 0 || stop > end || write + code - 1 > target.length) return -1;
    while (read < stop) {
      const byte = source[read++]!;
      if (byte === 0) return -1;
      target[write++] = byte;
    }
    if (code !== 0xff && read < end) {
      if (write >= target.length) return -1;
      target[write++] = 0;
    }
  }
  return write;
}
