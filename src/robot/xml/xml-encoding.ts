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
/** "<?xm" in EBCDIC, of which IBM037 is one variant. */
const EBCDIC_START = [0x4c, 0x6f, 0xa7, 0x94];

/** By the byte order mark, else by the zeros of wide characters, else by the XML declaration, else UTF-8. Pure. */
export function xmlEncoding(bytes: Uint8Array): XmlEncoding {
  const byBytes = markedEncoding(bytes) ?? wideEncoding(bytes);
  if (byBytes !== null) return { name: byBytes, contradicted: false };
  const head = bytes.subarray(0, DECLARATION_BYTES);
  if (EBCDIC_START.every((byte, i) => head[i] === byte)) return { name: 'IBM037', contradicted: false };
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
