import { cell, table } from './table.ts';

/** What `policy info` says to people: names and values, lists joined, nested objects as JSON. */
export function renderPolicyInfo(result: Readonly<Record<string, unknown>>): string {
  return table(
    Object.entries(result).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(cell).join(', ') : cell(value),
    ]),
  );
}
