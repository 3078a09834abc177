import { SoftqdError } from '../../base/errors.ts';
import type { RosValue } from './value.ts';
import { readTypedArray } from './typed-array.ts';

/** Bounds for all received bytes. */
export interface CborLimits {
  /** Nesting of arrays, maps and tags. */
  readonly maxDepth: number;
  /** Elements of all arrays and maps together, not counting the numbers in typed arrays. */
  readonly maxItems: number;
}

const CBOR_LIMITS: CborLimits = { maxDepth: 24, maxItems: 100_000 };

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * One CBOR value (RFC 8949) that fills `bytes`: integers, floats of all sizes, strings, byte strings, arrays, maps with string keys,
 * booleans, null (undefined reads as null), typed arrays (RFC 8746 tags 64 to 86); other tags are transparent. Lengths are definite.
 * Throws E_ROSBRIDGE_MESSAGE for anything else, never reads beyond the end, and never allocates more than the bytes require.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = CBOR_LIMITS): RosValue {
  const reader = new CborReader(bytes, limits);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw malformed(`${bytes.length - reader.at} bytes follow the message`);
  return value;
}

class CborReader {
  at = 0;
  private items = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly limits: CborLimits;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
  }

  value(depth: number): RosValue {
    if (depth > this.limits.maxDepth) throw malformed(`nested deeper than ${this.limits.maxDepth}`);
    const initial = this.bytes[this.advance(1)]!;
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (major === 7) return this.simple(info);
    const argument = this.argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.block(argument).slice();
      case 3:
        return this.text(argument);
      case 4:
        return this.array(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        return this.tagged(argument, depth);
    }
  }

  private advance(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw malformed('the message ends early');
    this.at += count;
    return start;
  }

  private argument(info: number): number {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.view.getUint8(this.advance(1));
      case 25:
        return this.view.getUint16(this.advance(2));
      case 26:
        return this.view.getUint32(this.advance(4));
      case 27:
        return Number(this.view.getBigUint64(this.advance(8)));
      default:
        throw malformed(info === 31 ? 'indefinite lengths are not supported' : `reserved length ${info}`);
    }
  }

  private simple(info: number): RosValue {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfFloat(this.view.getUint16(this.advance(2)));
      case 26:
        return this.view.getFloat32(this.advance(4));
      case 27:
        return this.view.getFloat64(this.advance(8));
      default:
        throw malformed(`simple value ${info}`);
    }
  }

  private block(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  private text(length: number): string {
    try {
      return UTF8.decode(this.block(length));
    } catch (cause) {
      if (cause instanceof SoftqdError) throw cause;
      throw malformed('a string is not UTF-8', cause);
    }
  }

  private count(items: number): void {
    this.items += items;
    if (this.items > this.limits.maxItems) throw malformed(`more than ${this.limits.maxItems} items`);
  }

  private array(length: number, depth: number): RosValue[] {
    this.count(length);
    const values: RosValue[] = [];
    for (let i = 0; i < length; i++) values.push(this.value(depth + 1));
    return values;
  }

  private map(length: number, depth: number): RosValue {
    this.count(length);
    const entries: [string, RosValue][] = [];
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw malformed('a key is not a string');
      entries.push([key, this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  private tagged(tag: number, depth: number): RosValue {
    const value = this.value(depth + 1);
    if (tag < 64 || tag > 87) return value;
    const array = value instanceof Uint8Array ? readTypedArray(tag, value) : null;
    if (array === null) throw malformed(`typed array with tag ${tag}`);
    return array;
  }
}

/** IEEE 754 binary16, RFC 8949 appendix D. */
function halfFloat(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const magnitude =
    exponent === 0
      ? mantissa * 2 ** -24
      : exponent === 31
        ? mantissa === 0
          ? Infinity
          : NaN
        : (mantissa + 1024) * 2 ** (exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

function malformed(why: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_MESSAGE', `rosbridge: CBOR: ${why}`, cause === undefined ? {} : { cause });
}
