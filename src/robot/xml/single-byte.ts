const ASCII =
  /^(us-?ascii|ascii|us|ansi_x3\.4-19(68|86)|iso-?646-us|iso_646\.irv:1991|iso-ir-6|ibm367|cp367|csascii)$/i;
/** What windows-1252 has at 0x80 to 0x9f; a blank: no character. */
const WINDOWS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

/** An encoding of one byte a character. */
export interface SingleByte {
  /** Whether a byte is a character. */
  readonly has: (byte: number) => boolean;
  readonly text: (bytes: Uint8Array) => string;
}

/**
 * US-ASCII and windows-1252 under all their names, from tables: TextDecoder takes both for Latin-1. A file that declares ISO-8859-1 is read
 * as windows-1252, which has the same characters but for control characters. Null for other names.
 */
export function singleByteEncoding(name: string): SingleByte | null {
  if (ASCII.test(name)) return { has: (byte) => byte < 0x80, text: latin1 };
  if (!isWindows1252(name)) return null;
  const at = (byte: number): string | undefined => WINDOWS_1252[byte - 0x80];
  return {
    has: (byte) => at(byte) !== ' ',
    text: (bytes) => latin1(bytes).replace(/[\u0080-\u009f]/g, (character) => at(character.charCodeAt(0))!),
  };
}

function isWindows1252(name: string): boolean {
  try {
    return new TextDecoder(name).encoding === 'windows-1252';
  } catch {
    return false;
  }
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
