/** The encoding of an XML file, as its bytes and its declaration state it. */
export interface XmlEncoding {
  /** As the file states it, for messages; in lower case where it is known from the bytes. */
  readonly name: string;
  /** Whether the declaration contradicts the bytes in which it is written. */
  readonly contradicted: boolean;
}

/** Bytes in which a declaration is looked for. */
const DECLARATION_BYTES = 256;
const DECLARED = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']/;
/** Encodings of two or four bytes a character. */
const WIDE = /^(utf-?(16|32)|ucs-?[24]|iso-10646-ucs-[24])/i;
/** "<?xm" in EBCDIC. */
const EBCDIC_START = [0x4c, 0x6f, 0xa7, 0x94];
/** Of the EBCDIC variants without a readable declaration. */
const EBCDIC = 'IBM037';

/** By the byte order mark, else by the zeros of wide characters, else by the XML declaration, else UTF-8. Pure. */
export function xmlEncoding(bytes: Uint8Array): XmlEncoding {
  const byBytes = markedEncoding(bytes) ?? wideEncoding(bytes);
  if (byBytes !== null) return { name: byBytes, contradicted: false };
  const head = bytes.subarray(0, DECLARATION_BYTES);
  if (EBCDIC_START.every((byte, i) => head[i] === byte))
    return { name: DECLARED.exec(textOfEbcdic(head))?.[1] ?? EBCDIC, contradicted: false };
  const declared = DECLARED.exec(String.fromCharCode(...head))?.[1];
  return { name: declared ?? 'utf-8', contradicted: declared !== undefined && WIDE.test(declared) };
}

function markedEncoding([first, second, third, fourth]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return 'utf-32be';
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'utf-32le' : 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

/** An XML text begins with a character of ASCII. */
function wideEncoding(bytes: Uint8Array): string | null {
  if (bytes.length < 2) return null;
  const zeros = [...bytes.subarray(0, 4)].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  if (zeros === 'x000') return 'utf-32le';
  if (zeros === '000x') return 'utf-32be';
  if (zeros.startsWith('x0')) return 'utf-16le';
  return zeros.startsWith('0x') ? 'utf-16be' : null;
}

/** The first byte of each row of characters that all variants of EBCDIC have in the same places. */
// prettier-ignore
const EBCDIC_ROWS: readonly (readonly [number, string])[] = [
  ...([[0x81, 'abcdefghi'], [0x91, 'jklmnopqr'], [0xa2, 'stuvwxyz'], [0xf0, '0123456789']] as const),
  ...([[0xc1, 'ABCDEFGHI'], [0xd1, 'JKLMNOPQR'], [0xe2, 'STUVWXYZ'], [0x7d, `'="`], [0x6e, '>?']] as const),
  ...([[0x4b, '.<'], [0x60, '-'], [0x6d, '_'], [0x7a, ':']] as const),
];

/** What a declaration consists of; other characters are blanks. */
function textOfEbcdic(bytes: Uint8Array): string {
  const characters = new Map(
    EBCDIC_ROWS.flatMap(([from, text]) => Array.from(text).map((character, i) => [from + i, character] as const)),
  );
  return [...bytes].map((byte) => characters.get(byte) ?? ' ').join('');
}
