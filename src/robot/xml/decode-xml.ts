import { SoftqdError } from '../../base/errors.ts';
import { singleByteEncoding } from './single-byte.ts';
import { xmlEncoding } from './xml-encoding.ts';

const NEWLINE = 0x0a;

/**
 * The text of an XML file in the encoding that it declares: by its byte order mark, else by its XML declaration, else UTF-8. Throws
 * E_ROBOT_FILE for an unknown encoding, and for bytes that are not valid in it with the place of the first.
 */
export function decodeXml(bytes: Uint8Array, source: string): string {
  const { name, contradicted } = xmlEncoding(bytes);
  const refused = (place: string, what: string, hint: string): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${place}: ${what}`, { hint, values: { file: source, encoding: name } });
  if (contradicted)
    throw refused(
      source,
      `declares the encoding ${name}, but has one byte for each character`,
      'Declare the encoding that it has: encoding="UTF-8", if it is that.',
    );
  const decoder = decoderOf(name);
  if (decoder === null)
    throw refused(
      source,
      `declares the encoding ${name}, which is not known`,
      `If iconv -l lists it: iconv -f ${name} -t UTF-8 ${source} > utf8-${source}, and declare encoding="UTF-8" there.`,
    );
  const text = decoder.text(bytes);
  if (text !== null) return text;
  const offset = decoder.firstInvalid(bytes);
  const line = bytes.subarray(0, offset).filter((byte) => byte === NEWLINE).length + 1;
  throw refused(
    `${source}:${line}`,
    `has bytes that are not ${name}: 0x${bytes[offset]!.toString(16).padStart(2, '0')} at offset ${offset}`,
    `Declare the encoding that the file has, as in <?xml version="1.0" encoding="windows-1252"?>, or correct it there.`,
  );
}

interface Decoder {
  /** Null: some byte is not valid. */
  text(bytes: Uint8Array): string | null;
  /** The offset of the first byte that is not valid, in bytes that have one. */
  firstInvalid(bytes: Uint8Array): number;
}

/** Null: no such encoding. */
function decoderOf(name: string): Decoder | null {
  const single = singleByteEncoding(name);
  if (single !== null)
    return {
      text: (bytes) => (bytes.every(single.has) ? single.text(bytes) : null),
      firstInvalid: (bytes) => bytes.findIndex((byte) => !single.has(byte)),
    };
  try {
    new TextDecoder(name);
  } catch {
    return null;
  }
  return { text: (bytes) => decoded(name, bytes, false), firstInvalid: (bytes) => firstInvalid(name, bytes) };
}

function decoded(name: string, bytes: Uint8Array, isPart: boolean): string | null {
  try {
    return new TextDecoder(name, { fatal: true }).decode(bytes, { stream: isPart });
  } catch {
    return null;
  }
}

/** In the shortest beginning that is not valid, or in all bytes when the last character is cut off: what follows complete characters. */
function firstInvalid(name: string, bytes: Uint8Array): number {
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decoded(name, bytes.subarray(0, middle), true) === null) invalid = middle;
    else valid = middle;
  }
  let start = valid;
  while (start > 0 && decoded(name, bytes.subarray(0, start), false) === null) start -= 1;
  return start;
}
