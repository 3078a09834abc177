import { SoftqdError } from '../../base/errors.ts';
import { maskedCrc32c } from '../crc32c.ts';

/**
 * TensorBoard event files: TFRecord frames (tensorflow/core/lib/io/record_writer.h) around `tensorflow.Event` protobuf messages
 * (tensorflow/core/util/event.proto, framework/summary.proto), as far as scalars need them.
 */
export type ScalarEvent = {
  /** Seconds since 1970. */
  readonly wallTimeS: number;
  /** Environment steps; 0 for a file's first event. */
  readonly step: number;
} & EventContent;

type EventContent =
  | { readonly kind: 'version'; readonly version: string }
  /** A writer starts or restarts: readers discard data of this step and later ones. */
  | { readonly kind: 'start' }
  | { readonly kind: 'scalars'; readonly scalars: Readonly<Record<string, number>> };

/** Start of every event file; readers reject files without it. */
export const EVENT_FILE_VERSION = 'brain.Event:2';
/** Max size of an event in bytes. */
export const MAX_EVENT_BYTES = 1 << 20;
/** Length (uint64) and its masked CRC before the data; the data's masked CRC after it. */
export const RECORD_HEADER_BYTES = 12;
export const RECORD_FOOTER_BYTES = 4;

const text = new TextEncoder();

/** One record: uint64 length, masked CRC-32C of the length, data, masked CRC-32C of the data; little endian. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + data.length + RECORD_FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, RECORD_HEADER_BYTES);
  view.setUint32(RECORD_HEADER_BYTES + data.length, maskedCrc32c(data), true);
  return record;
}

/** The data's length from a record's first twelve bytes. Throws E_FRAME_INVALID (corrupt) or E_FRAME_TOO_LARGE. */
export function recordLength(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < RECORD_HEADER_BYTES || view.getUint32(8, true) !== maskedCrc32c(header.subarray(0, 8)))
    throw new SoftqdError('E_FRAME_INVALID', 'corrupt TFRecord header');
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > MAX_EVENT_BYTES)
    throw new SoftqdError('E_FRAME_TOO_LARGE', `a TFRecord is larger than ${MAX_EVENT_BYTES} bytes`);
  return length;
}

/** The data of a record's remainder [length + 4]. Throws E_FRAME_INVALID when its CRC does not match. */
export function recordData(rest: Uint8Array): Uint8Array {
  const length = rest.length - RECORD_FOOTER_BYTES;
  const data = rest.subarray(0, Math.max(0, length));
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  if (length < 0 || view.getUint32(length, true) !== maskedCrc32c(data))
    throw new SoftqdError('E_FRAME_INVALID', 'the data of a TFRecord is damaged');
  return data;
}

/** tensorflow.Event as bytes; scalars that are not finite are omitted. Throws E_FRAME_TOO_LARGE. */
export function encodeEvent(event: ScalarEvent): Uint8Array {
  const out: number[] = [];
  field(out, 1, double(event.wallTimeS));
  if (event.step > 0) field(out, 2, { wire: 0, bytes: varint(event.step) });
  switch (event.kind) {
    case 'version':
      field(out, 3, delimited(text.encode(event.version)));
      break;
    case 'start':
      // SessionLog { status: START = 1 }
      field(out, 7, delimited([0x08, 0x01]));
      break;
    case 'scalars':
      field(out, 5, delimited(summary(event.scalars)));
      break;
  }
  if (out.length > MAX_EVENT_BYTES)
    throw new SoftqdError('E_FRAME_TOO_LARGE', `an event of ${out.length} bytes is longer than ${MAX_EVENT_BYTES}`);
  return Uint8Array.from(out);
}

/** Summary { repeated Value { string tag = 1; float simple_value = 2; } value = 1 } */
function summary(scalars: Readonly<Record<string, number>>): number[] {
  const out: number[] = [];
  for (const [tag, value] of Object.entries(scalars)) {
    if (!Number.isFinite(value)) continue;
    const content: number[] = [];
    field(content, 1, delimited(text.encode(tag)));
    field(content, 2, float(value));
    field(out, 1, delimited(content));
  }
  return out;
}

interface Encoded {
  /** Protobuf wire type. */
  readonly wire: 0 | 1 | 2 | 5;
  readonly bytes: ArrayLike<number>;
}

function field(out: number[], number: number, { wire, bytes }: Encoded): void {
  out.push(...varint(number * 8 + wire));
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i]!);
}

/** Non-negative integers up to 2^53. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

function delimited(bytes: ArrayLike<number>): Encoded {
  return { wire: 2, bytes: [...varint(bytes.length), ...Array.from(bytes)] };
}

function double(value: number): Encoded {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return { wire: 1, bytes };
}

function float(value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return { wire: 5, bytes };
}
