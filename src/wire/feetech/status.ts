import type { FeetechPacket } from './packet.ts';

/** Bits of a status packet's error byte (and of register 65). Bits 6 and 7 are 0 in a valid packet. */
const FEETECH_ERROR_BITS = ['voltage', 'sensor', 'temperature', 'current', 'angle', 'overload'] as const;
export type FeetechErrorName = (typeof FEETECH_ERROR_BITS)[number];

/** The names of the bits that are set; `unknown-6` and `unknown-7` for the two without meaning. */
export function feetechErrorNames(error: number): readonly (FeetechErrorName | 'unknown-6' | 'unknown-7')[] {
  const names: (FeetechErrorName | 'unknown-6' | 'unknown-7')[] = FEETECH_ERROR_BITS.filter(
    (_, bit) => (error & (1 << bit)) !== 0,
  );
  if (error & 0x40) names.push('unknown-6');
  if (error & 0x80) names.push('unknown-7');
  return names;
}

/** The properties of a request that select its replies. */
export interface FeetechExpectation {
  readonly id: number;
  /** Data bytes in the reply. */
  readonly dataLength: number;
}

export type FeetechReply =
  | { readonly kind: 'data'; readonly id: number; readonly data: Uint8Array }
  /** The servo replied and reports a fault; `data` may still be valid. */
  | { readonly kind: 'status-error'; readonly id: number; readonly error: number; readonly data: Uint8Array }
  | { readonly kind: 'wrong-id'; readonly id: number; readonly expected: number }
  | { readonly kind: 'wrong-length'; readonly id: number; readonly expected: number; readonly got: number };

/** Compares a packet with the request: an unexpected packet is never accepted as a value. */
export function matchFeetechReply(packet: FeetechPacket, expected: FeetechExpectation): FeetechReply {
  const { id, code, parameters } = packet;
  if (id !== expected.id) return { kind: 'wrong-id', id, expected: expected.id };
  if (parameters.length !== expected.dataLength) {
    return { kind: 'wrong-length', id, expected: expected.dataLength, got: parameters.length };
  }
  if (code !== 0) return { kind: 'status-error', id, error: code, data: parameters };
  return { kind: 'data', id, data: parameters };
}
