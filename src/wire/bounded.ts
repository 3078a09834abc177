import { SoftqdError } from '../base/errors.ts';

/** Throws E_FRAME_TOO_LARGE when a frame is longer than `maximumBytes`. */
export function checkFrameSize(bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length > maxBytes) {
    throw new SoftqdError('E_FRAME_TOO_LARGE', `a frame of ${bytes.length} bytes; the maximum is ${maxBytes}`, {
      values: { bytes: bytes.length, maximum: maxBytes },
    });
  }
}

/** Throws E_FRAME_INVALID when a repeated field or a text is longer than `maximum`. */
export function checkArrayLength(what: string, length: number, maximum: number): void {
  if (length > maximum) {
    throw new SoftqdError('E_FRAME_INVALID', `${what} has ${length} elements; the maximum is ${maximum}`, {
      values: { field: what, length, maximum },
    });
  }
}

/** A text of at most `maximum` UTF-16 units. */
export function boundedText(what: string, text: string, maximum: number): string {
  checkArrayLength(what, text.length, maximum);
  return text;
}

/** A copy as float64 of at most `maximum` numbers. */
export function boundedNumbers(what: string, numbers: ArrayLike<number>, maximum: number): Float64Array {
  checkArrayLength(what, numbers.length, maximum);
  return Float64Array.from(numbers);
}

/**
 * A uint64 or sint64 field as a number. protobufjs returns Long objects, contrary to its types; beyond 2^53 the value would be
 * rounded: E_FRAME_INVALID.
 */
export function boundedInteger(what: string, value: unknown): number {
  const number =
    typeof value === 'object' && value !== null && 'low' in value && 'high' in value
      ? (value.high as number) * 4294967296 + ((value.low as number) >>> 0)
      : Number(value);
  if (!Number.isSafeInteger(number))
    throw new SoftqdError('E_FRAME_INVALID', `${what} exceeds 2^53`, { values: { field: what } });
  return number;
}
