import { crc32c } from '../crc32c.ts';

/** Bytes of a checksum field: a one-byte tag and a fixed32. */
export const CHECKSUM_BYTES = 5;

const FIXED32 = 5;

/**
 * A serialized message with `crc32c` as its last field: CRC-32C of `message`, as a fixed32 field of this number. `fieldNumber` is at most
 * 15, so that its tag is one byte.
 */
export function withChecksum(message: Uint8Array, fieldNumber: number): Uint8Array {
  const { length } = message;
  const sealed = new Uint8Array(length + CHECKSUM_BYTES);
  sealed.set(message);
  sealed[length] = (fieldNumber << 3) | FIXED32;
  const checksum = crc32c(message);
  for (let i = 0; i < 4; i++) sealed[length + 1 + i] = checksum >>> (8 * i);
  return sealed;
}

/** The number of the checksum field that ends a message; null when the message does not end in one or its value does not match. */
export function verifiedChecksumField(sealed: Uint8Array): number | null {
  const end = sealed.length - CHECKSUM_BYTES;
  if (end < 0) return null;
  const tag = sealed[end]!;
  if ((tag & 7) !== FIXED32) return null;
  const stored = sealed[end + 1]! | (sealed[end + 2]! << 8) | (sealed[end + 3]! << 16) | (sealed[end + 4]! << 24);
  return crc32c(sealed, 0, end) === stored >>> 0 ? tag >>> 3 : null;
}

/** A message without the checksum field that ends it. */
export function withoutChecksum(sealed: Uint8Array): Uint8Array {
  return sealed.subarray(0, sealed.length - CHECKSUM_BYTES);
}
