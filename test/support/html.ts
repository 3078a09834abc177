import assert from 'node:assert/strict';

const VOID = new Set(['meta', 'br', 'hr', 'img', 'link', 'input']);

/** A strict reader: throws unless every element is closed in order and every attribute is quoted. Returns the count of each element. */
export function parseHtml(html: string): Map<string, number> {
  const counts = new Map<string, number>();
  const open: string[] = [];
  const rest = html.replace(/<style>[^<]*<\/style>/, '').replace(/^<!doctype html>/, '');
  const token = /<(\/?)([a-z][a-zA-Z0-9]*)((?:\s+[a-zA-Z0-9-]+="[^"<>]*")*)\s*(\/?)>|</g;
  for (let match = token.exec(rest); match !== null; match = token.exec(rest)) {
    const [text, closing, name, , selfClosing] = match;
    assert.notEqual(text, '<', `not an element: ${rest.slice(match.index, match.index + 60)}`);
    if (closing === '/') {
      assert.equal(open.pop(), name, `</${name}> closes another element`);
      continue;
    }
    counts.set(name!, (counts.get(name!) ?? 0) + 1);
    if (selfClosing !== '/' && !VOID.has(name!)) open.push(name!);
  }
  assert.deepEqual(open, [], 'elements are left open');
  return counts;
}

/** The rows of the table with a class, as the exact values of `<data value>` or the text of a cell. */
export function tableRows(html: string, className: string): string[][] {
  const table = new RegExp(`<table class="${className}">.*?<tbody>(.*?)</tbody>`, 's').exec(html)?.[1] ?? '';
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map((row) =>
    [...row[1]!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(
      (cell) => /<data value="([^"]*)">/.exec(cell[1]!)?.[1] ?? cell[1]!,
    ),
  );
}
