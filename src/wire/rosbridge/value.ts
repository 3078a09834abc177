/** Numeric arrays, which are one block in CBOR (RFC 8746) and a list in JSON. */
export type NumericArray =
  Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A decoded value of a ROS message. Integers beyond 2^53 are rounded to float64. */
export type RosValue = null | boolean | number | string | NumericArray | readonly RosValue[] | RosObject;

export interface RosObject {
  readonly [field: string]: RosValue;
}

export function isRosObject(value: RosValue | undefined): value is RosObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
