import { typedArrayBytes, typedArrayTag } from './typed-array.ts';
import type { NumericArray, RosValue } from './value.ts';

const UTF8 = new TextEncoder();

/** The CBOR bytes of a value as rosbridge sends it: definite lengths, float64 for non-integers, typed arrays in little-endian order. */
export function encodeCbor(value: RosValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function write(value: RosValue, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(0xf6));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === 'number') parts.push(number(value));
  else if (typeof value === 'string') {
    const text = UTF8.encode(value);
    parts.push(head(3, text.length), text);
  } else if (isNumericArray(value)) {
    const tag = typedArrayTag(value);
    if (tag !== null) parts.push(head(6, tag));
    parts.push(head(2, value.byteLength), typedArrayBytes(value));
  } else if (isList(value)) {
    parts.push(head(4, value.length));
    for (const item of value) write(item, parts);
  } else {
    const entries = Object.entries(value);
    parts.push(head(5, entries.length));
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  }
}

function isNumericArray(value: RosValue): value is NumericArray {
  return ArrayBuffer.isView(value);
}

function isList(value: RosValue): value is readonly RosValue[] {
  return Array.isArray(value);
}

function number(value: number): Uint8Array {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value >= 0 ? head(0, value) : head(1, -1 - value);
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function head(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument < 0x100) return Uint8Array.of(first | 24, argument);
  const size = argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = first | (size === 2 ? 25 : size === 4 ? 26 : 27);
  const view = new DataView(bytes.buffer);
  if (size === 2) view.setUint16(1, argument);
  else if (size === 4) view.setUint32(1, argument);
  else view.setBigUint64(1, BigInt(argument));
  return bytes;
}
