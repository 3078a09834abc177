import type { XmlElement } from './xml-tree.ts';

/** An element to be written. */
export type XmlNode = Pick<XmlElement, 'name' | 'attributes'> & { readonly children: readonly XmlNode[] };

/** An element with these attributes; those that are undefined are left out. */
export function node(
  name: string,
  attributes: Readonly<Record<string, string | number | readonly number[] | undefined>> = {},
  children: readonly XmlNode[] = [],
): XmlNode {
  const written: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) written[key] = typeof value === 'string' ? value : numbers(value);
  }
  return { name, attributes: written, children };
}

/** XML text, one element a line, indented by two blanks a level. */
export function xmlText(root: XmlNode): string {
  const lines: string[] = [];
  const write = ({ name, attributes, children }: XmlNode, indent: string): void => {
    const stated = Object.entries(attributes)
      .map(([key, value]) => ` ${key}="${escaped(value)}"`)
      .join('');
    lines.push(`${indent}<${name}${stated}${children.length === 0 ? '/>' : '>'}`);
    if (children.length === 0) return;
    for (const child of children) write(child, `${indent}  `);
    lines.push(`${indent}</${name}>`);
  };
  write(root, '');
  return `${lines.join('\n')}\n`;
}

/** FILE:LINE of the element on each line of xmlText(root). */
export function xmlPlaces(root: XmlElement): string[] {
  const place = `${root.file}:${root.line}`;
  return root.children.length === 0 ? [place] : [place, ...root.children.flatMap(xmlPlaces), place];
}

/** Every digit that matters; -0 is 0. */
function numbers(value: number | readonly number[]): string {
  return (typeof value === 'number' ? [value] : value).map((each) => String(each + 0)).join(' ');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  // Line ends and tabs would be read as blanks.
  return text.replace(/[&<>"\u0000-\u001f]/g, (c) => ESCAPES[c] ?? `&#${c.charCodeAt(0)};`);
}
