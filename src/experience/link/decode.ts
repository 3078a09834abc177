import { SoftqdError } from '../../base/errors.ts';

/** A 64-bit field as a number; E_FRAME_INVALID beyond 2^53. */
export function integer(value: number | null | undefined, field: string): number {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number)) throw new SoftqdError('E_FRAME_INVALID', `${field} does not fit 53 bits`);
  return number;
}

/** At most `maximum` UTF-16 units. */
export function text(value: string | null | undefined, maximum: number, field: string): string {
  if ((value?.length ?? 0) > maximum)
    throw new SoftqdError('E_FRAME_INVALID', `${field} is longer than ${maximum} characters`);
  return value ?? '';
}

/** At most `maximum` float32 elements, copied. */
export function floats(value: readonly number[] | null | undefined, maximum: number, field: string): Float32Array {
  return Float32Array.from(bounded(value, maximum, field));
}

/** The array itself when it has at most `maximum` elements. */
export function bounded<T>(value: readonly T[] | null | undefined, maximum: number, field: string): readonly T[] {
  if ((value?.length ?? 0) > maximum)
    throw new SoftqdError('E_FRAME_INVALID', `${field} has more than ${maximum} elements`);
  return value ?? [];
}
