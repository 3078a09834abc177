/** The numeric arrays that CBOR carries as one block (RFC 8746) and JSON as a list. */
export type NumericArray =
  Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Whatever a ROS message can hold once it was decoded. Integers beyond 2^53 are rounded to float64. */
export type RosValue = null | boolean | number | string | NumericArray | readonly RosValue[] | RosObject;

export interface RosObject {
  readonly [field: string]: RosValue;
}

export function isRosObject(value: RosValue | undefined): value is RosObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
