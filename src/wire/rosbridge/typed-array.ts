import type { NumericArray } from './value.ts';

interface Layout {
  readonly bytesPerElement: number;
  make(length: number): NumericArray;
  read(view: DataView, at: number, littleEndian: boolean): number;
}

const layout = (bytesPerElement: number, make: Layout['make'], read: Layout['read']): Layout => ({
  bytesPerElement,
  make,
  read,
});
const uint8 = layout(
  1,
  (n) => new Uint8Array(n),
  (view, at) => view.getUint8(at),
);
const uint16 = layout(
  2,
  (n) => new Uint16Array(n),
  (view, at, little) => view.getUint16(at, little),
);
const uint32 = layout(
  4,
  (n) => new Uint32Array(n),
  (view, at, little) => view.getUint32(at, little),
);
/** 64-bit integers become float64: exact up to 2^53. */
const uint64 = layout(
  8,
  (n) => new Float64Array(n),
  (view, at, little) => Number(view.getBigUint64(at, little)),
);
const int8 = layout(
  1,
  (n) => new Int8Array(n),
  (view, at) => view.getInt8(at),
);
const int16 = layout(
  2,
  (n) => new Int16Array(n),
  (view, at, little) => view.getInt16(at, little),
);
const int32 = layout(
  4,
  (n) => new Int32Array(n),
  (view, at, little) => view.getInt32(at, little),
);
const int64 = layout(
  8,
  (n) => new Float64Array(n),
  (view, at, little) => Number(view.getBigInt64(at, little)),
);
const float32 = layout(
  4,
  (n) => new Float32Array(n),
  (view, at, little) => view.getFloat32(at, little),
);
const float64 = layout(
  8,
  (n) => new Float64Array(n),
  (view, at, little) => view.getFloat64(at, little),
);

/** RFC 8746 section 2.1. Half and quadruple floats (80, 83, 84, 87) have no array type here. */
const BIG: ReadonlyMap<number, Layout> = new Map([
  [64, uint8],
  [65, uint16],
  [66, uint32],
  [67, uint64],
  [72, int8],
  [73, int16],
  [74, int32],
  [75, int64],
  [81, float32],
  [82, float64],
]);
const LITTLE: ReadonlyMap<number, Layout> = new Map([
  [68, uint8],
  [69, uint16],
  [70, uint32],
  [71, uint64],
  [77, int16],
  [78, int32],
  [79, int64],
  [85, float32],
  [86, float64],
]);

/** The array behind a typed-array tag, or null for a tag without array or a length that is not a multiple of the element size. */
export function readTypedArray(tag: number, block: Uint8Array): NumericArray | null {
  const little = LITTLE.get(tag);
  const found = little ?? BIG.get(tag);
  if (found === undefined || block.length % found.bytesPerElement !== 0) return null;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const array = found.make(block.length / found.bytesPerElement);
  for (let i = 0; i < array.length; i++) array[i] = found.read(view, i * found.bytesPerElement, little !== undefined);
  return array;
}

/** The little-endian tag of an array; a Uint8Array is a plain byte string and has none. */
export function typedArrayTag(array: NumericArray): number | null {
  if (array instanceof Uint16Array) return 69;
  if (array instanceof Uint32Array) return 70;
  if (array instanceof Int8Array) return 72;
  if (array instanceof Int16Array) return 77;
  if (array instanceof Int32Array) return 78;
  if (array instanceof Float32Array) return 85;
  if (array instanceof Float64Array) return 86;
  return null;
}

/** The elements in little-endian order on any machine. */
export function typedArrayBytes(array: NumericArray): Uint8Array {
  const tag = typedArrayTag(array);
  const bytes = new Uint8Array(array.byteLength);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of array.entries()) {
    const at = i * array.BYTES_PER_ELEMENT;
    switch (tag) {
      case 69:
        view.setUint16(at, value, true);
        break;
      case 70:
        view.setUint32(at, value, true);
        break;
      case 77:
        view.setInt16(at, value, true);
        break;
      case 78:
        view.setInt32(at, value, true);
        break;
      case 85:
        view.setFloat32(at, value, true);
        break;
      case 86:
        view.setFloat64(at, value, true);
        break;
      default:
        bytes[at] = value;
    }
  }
  return bytes;
}
