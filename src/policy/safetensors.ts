import { SoftqdError } from '../base/errors.ts';
import type { Tensor } from './port.ts';
import { elementCount } from './shapes.ts';

/** Maximum size of a header; the header of a policy has about 4 kB. */
const MAX_HEADER_BYTES = 1 << 20;
const MAX_TENSORS = 4096;

export interface TensorFile {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

function damaged(why: string): SoftqdError {
  return new SoftqdError('E_POLICY_FILE', `incomplete policy file: ${why}`);
}

/** Tensors in the order of their names, offsets without a gap: equal content produces equal bytes. */
function header(file: TensorFile): Record<string, unknown> {
  const entries: Record<string, unknown> = {
    __metadata__: Object.fromEntries([...file.metadata].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  let offset = 0;
  for (const [name, tensor] of [...file.tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const end = offset + tensor.data.length * 4;
    entries[name] = { dtype: 'F32', shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  return entries;
}

/** The header as text, not padded; a checksum covers it and the data. */
export function headerText(file: TensorFile): string {
  return JSON.stringify(header(file));
}

/** All tensor data in the order of the names, little-endian. */
export function dataBytes(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  let total = 0;
  for (const tensor of tensors.values()) total += tensor.data.length * 4;
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const [, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** A safetensors file: u64 length, JSON header padded with spaces to 8 bytes, float32 data. */
export function encodeSafetensors(file: TensorFile): Uint8Array {
  const text = new TextEncoder().encode(headerText(file));
  const padded = Math.ceil(text.length / 8) * 8;
  const data = dataBytes(file.tensors);
  const bytes = new Uint8Array(8 + padded + data.length).fill(0x20, 8, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + padded);
  return bytes;
}

function parseHeader(bytes: Uint8Array): { entries: Map<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8) throw damaged(`${bytes.length} bytes are less than its length field`);
  const size = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (size > MAX_HEADER_BYTES)
    throw damaged(`header size ${size.toString()} exceeds the maximum of ${MAX_HEADER_BYTES} bytes`);
  const end = 8 + Number(size);
  if (end > bytes.length) throw damaged(`it ends inside its header (${bytes.length} of ${end} bytes)`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, end)));
  } catch (cause) {
    throw new SoftqdError('E_POLICY_FILE', 'not a whole policy file: its header is not JSON', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw damaged('its header is not an object');
  return { entries: new Map(Object.entries(parsed)), data: bytes.subarray(end) };
}

function metadataOf(value: unknown): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('it has no metadata');
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value as Record<string, unknown>)) {
    if (typeof text !== 'string') throw damaged(`metadata ${key} is not text`);
    metadata.set(key, text);
  }
  return metadata;
}

function isIndexArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function readTensor(name: string, entry: unknown, data: Uint8Array): { tensor: Tensor; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (dtype !== 'F32') throw damaged(`tensor ${name} is not float32`);
  if (!isIndexArray(shape) || !isIndexArray(offsets) || offsets.length !== 2)
    throw damaged(`tensor ${name} has no shape or place`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== elementCount(shape) * 4) throw damaged(`tensor ${name}: size does not match shape`);
  if (end > data.length) throw damaged(`it ends inside tensor ${name} (${data.length} of ${end} data bytes)`);
  // Copied: slice() of a Node Buffer would be a view of its pool.
  const copy = new Uint8Array(data.subarray(begin, end));
  return { tensor: { shape, data: new Float32Array(copy.buffer) }, begin, end };
}

/** Reads what encodeSafetensors writes. Throws E_POLICY_FILE for a truncated, overlapping, oversized or of another type. */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const { entries, data } = parseHeader(bytes);
  if (entries.size > MAX_TENSORS) throw damaged(`${entries.size} tensors (maximum ${MAX_TENSORS})`);
  const metadata = metadataOf(entries.get('__metadata__'));
  entries.delete('__metadata__');
  const read = [...entries].map(([name, entry]) => ({ name, ...readTensor(name, entry, data) }));
  read.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { name, begin, end } of read) {
    if (begin !== offset) throw damaged(`tensor ${name}: overlapping or non-contiguous data`);
    offset = end;
  }
  if (offset !== data.length) throw damaged(`${data.length - offset} bytes follow its last tensor`);
  return { metadata, tensors: new Map(read.map(({ name, tensor }) => [name, tensor])) };
}
