import { SaxesParser } from 'saxes';
import { SoftqdError } from '../../base/errors.ts';

/** An element with its attributes and child elements, as URDF and MJCF use. Text is not kept. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The name of its file, for messages. */
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

const MAX_ELEMENTS = 100_000;
const MAX_DEPTH = 256;
/** Many files of the field declare version 0.0, or have lines before the declaration. */
const DECLARATION = /^\s*<\?xml\s[^>]*\?>/;

/**
 * The root element of an XML text. Throws E_ROBOT_FILE, with the line, for text that is not well-formed, for a document type (entities are
 * never expanded) and for more than 100,000 elements or 256 levels.
 */
export function parseXml(text: string, source: string): XmlElement {
  const parser = new SaxesParser();
  const complaint = (what: string): SoftqdError =>
    new SoftqdError('E_ROBOT_FILE', `${source}:${parser.line}: ${what}`, {
      hint: 'Pass a URDF or MJCF file; a xacro file has to be expanded first: xacro FILE > out.urdf',
      values: { file: source, line: parser.line },
    });
  const open: (XmlElement & { readonly children: XmlElement[] })[] = [];
  const roots: XmlElement[] = [];
  let count = 0;
  parser.on('error', (error) => {
    throw complaint(`is not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '').slice(0, 200)}`);
  });
  parser.on('doctype', () => {
    throw complaint('has a DOCTYPE, which is not allowed: entities are not expanded');
  });
  parser.on('opentag', ({ name, attributes }) => {
    count += 1;
    if (count > MAX_ELEMENTS) throw complaint(`has more than ${MAX_ELEMENTS} elements`);
    if (open.length >= MAX_DEPTH) throw complaint(`has elements more than ${MAX_DEPTH} deep`);
    const element = { name, attributes, children: [], file: source, line: parser.line };
    (open.at(-1)?.children ?? roots).push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(withoutDeclaration(text)).close();
  const [root] = roots;
  if (root === undefined) throw complaint('contains no element');
  return root;
}

/** The text with line breaks in place of its XML declaration: what it declares has been used, and lines keep their numbers. */
function withoutDeclaration(text: string): string {
  return text.replace(DECLARATION, (declaration) => declaration.replace(/[^\n]/g, ''));
}
