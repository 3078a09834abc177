import { SoftqdError } from '../../base/errors.ts';
import { MAX_EVENT_BYTES, type ScalarEvent } from './tensorboard.ts';

interface Field {
  readonly number: number;
  /** Fixed-size and varint fields. */
  readonly value: number;
  /** Length-delimited ones; empty otherwise. */
  readonly bytes: Uint8Array;
}

/** Decodes a tensorflow.Event; content other than versions, starts and scalars is ignored. Throws E_FRAME_INVALID. */
export function decodeEvent(bytes: Uint8Array): ScalarEvent {
  if (bytes.length > MAX_EVENT_BYTES)
    throw new SoftqdError('E_FRAME_TOO_LARGE', `an event of ${bytes.length} bytes is longer than ${MAX_EVENT_BYTES}`);
  let wallTimeS = 0;
  let step = 0;
  let version: string | null = null;
  let start = false;
  let scalars: Record<string, number> = {};
  for (const { number, value, bytes: content } of fields(bytes)) {
    if (number === 1) wallTimeS = value;
    else if (number === 2) step = value;
    else if (number === 3) version = new TextDecoder().decode(content);
    else if (number === 5) scalars = scalarsOf(content);
    else if (number === 7) start = fields(content).some((part) => part.number === 1 && part.value === 1);
  }
  if (version !== null) return { wallTimeS, step, kind: 'version', version };
  return start ? { wallTimeS, step, kind: 'start' } : { wallTimeS, step, kind: 'scalars', scalars };
}

function scalarsOf(summary: Uint8Array): Record<string, number> {
  const scalars: Record<string, number> = {};
  for (const { number, bytes } of fields(summary)) {
    if (number !== 1) continue;
    let tag = '';
    let value = 0;
    for (const part of fields(bytes)) {
      if (part.number === 1) tag = new TextDecoder().decode(part.bytes);
      else if (part.number === 2) value = part.value;
    }
    scalars[tag] = value;
  }
  return scalars;
}

function fields(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || scale > 2 ** 49) throw damaged();
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): number => {
    const from = at;
    at += length;
    if (at > bytes.length) throw damaged();
    return from;
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const none = bytes.subarray(0, 0);
    switch (key % 8) {
      case 0:
        out.push({ number, value: varint(), bytes: none });
        break;
      case 1:
        out.push({ number, value: view.getFloat64(take(8), true), bytes: none });
        break;
      case 2: {
        const length = varint();
        const from = take(length);
        out.push({ number, value: 0, bytes: bytes.subarray(from, from + length) });
        break;
      }
      case 5:
        out.push({ number, value: view.getFloat32(take(4), true), bytes: none });
        break;
      default:
        throw damaged();
    }
  }
  return out;
}

function damaged(): SoftqdError {
  return new SoftqdError('E_FRAME_INVALID', 'these bytes are not a tensorflow.Event');
}
