import { sha256Hex } from '../../base/digest-adapter.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { WorldTime } from './world-time.ts';

// Little endian: "SQW1", 8 bytes of the model's SHA-256, sequence and physicsSteps as float64, then the world's own float64 values.
const MAGIC = 0x31575153;
const HEADER_BYTES = 28;

/** The first 16 hexadecimal digits of the SHA-256 of a model definition. */
export function modelFingerprint(definition: string): string {
  return sha256Hex(definition).slice(0, 16);
}

export function encodeWorldState(fingerprint: string, time: WorldTime, values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 8 * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setBigUint64(4, BigInt(`0x${fingerprint}`), true);
  view.setFloat64(12, time.sequence, true);
  view.setFloat64(20, time.physicsSteps, true);
  for (let i = 0; i < values.length; i++) view.setFloat64(HEADER_BYTES + 8 * i, values[i]!, true);
  return bytes;
}

/** Sets `time` and returns the `size` values; throws E_SIMULATOR, changing nothing, when the bytes are not a state of this model. */
export function decodeWorldState(bytes: Uint8Array, fingerprint: string, time: WorldTime, size: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new SoftqdError('E_SIMULATOR', 'these bytes are not a saved world');
  }
  if (view.getBigUint64(4, true) !== BigInt(`0x${fingerprint}`)) {
    throw new SoftqdError('E_SIMULATOR', 'saved state belongs to a different model');
  }
  const sequence = view.getFloat64(12, true);
  const physicsSteps = view.getFloat64(20, true);
  if (
    bytes.length !== HEADER_BYTES + 8 * size ||
    !Number.isSafeInteger(sequence) ||
    !Number.isSafeInteger(physicsSteps)
  ) {
    throw new SoftqdError('E_SIMULATOR', 'this saved world is damaged', {
      values: { bytes: bytes.length, expected: HEADER_BYTES + 8 * size },
    });
  }
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = view.getFloat64(HEADER_BYTES + 8 * i, true);
  time.sequence = sequence;
  time.physicsSteps = physicsSteps;
  return values;
}
