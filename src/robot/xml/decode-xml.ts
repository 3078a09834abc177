import { SoftqdError } from '../../base/errors.ts';

/** Bytes in which a declaration is looked for. */
const DECLARATION_BYTES = 256;
const DECLARED = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']/;

/**
 * The text of an XML file in the encoding that it declares: by its byte order mark, else by its XML declaration, else UTF-8. Throws
 * E_ROBOT_FILE for an unknown encoding and for bytes that are not valid in it.
 */
export function decodeXml(bytes: Uint8Array, source: string): string {
  const encoding = encodingOf(bytes);
  const complaint = (what: string): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${source}: ${what}`, {
      hint: `Convert it: iconv -f ${encoding} -t UTF-8 ${source}, and declare encoding="UTF-8".`,
      values: { file: source, encoding },
    });
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw complaint(`declares the encoding ${encoding}, which is not known`);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw complaint(`has bytes that are not ${encoding}`);
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0x3c && second === 0) return 'utf-16le';
  if (first === 0 && second === 0x3c) return 'utf-16be';
  const head = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES));
  return (DECLARED.exec(head)?.[1] ?? 'utf-8').toLowerCase();
}
