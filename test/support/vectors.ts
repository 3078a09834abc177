import { readFileSync } from 'node:fs';
import { XoshiroRandom } from '../../src/base/random.ts';

/** The parsed file test/vectors/NAME.json; the caller specifies its type. */
export function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}

/** "FF 00 1a" as bytes. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, '$1 ');
}

/** The same value with every byte array as hex, to compare with a vector. */
export function withHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return value.map(withHex);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHex(inner)]));
}

/** The same value with hex as byte arrays for the key `data`. */
export function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'data' ? bytesOf(String(inner)) : withBytes(inner)]),
  );
}

/** Calls `visit` with `bytes` after each change of one byte: every other value of it when `all`, else three that differ much. */
export function eachOneByteCorruption(
  bytes: Uint8Array,
  visit: (damaged: Uint8Array, at: number) => void,
  all = true,
): void {
  const damaged = bytes.slice();
  for (let at = 0; at < bytes.length; at++) {
    const values = all ? Array.from({ length: 255 }, (_, i) => i + 1) : [0x01, 0x80, 0xff];
    for (const flip of values) {
      damaged[at] = bytes[at]! ^ flip;
      visit(damaged, at);
    }
    damaged[at] = bytes[at]!;
  }
}

/** Reproducible random bytes. */
export function randomBytes(seed: number, length: number): Uint8Array {
  const random = new XoshiroRandom(seed);
  return Uint8Array.from({ length }, () => random.integer(256));
}
