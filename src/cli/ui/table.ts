/** Columns aligned with two spaces between them; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  ') + '\n')
    .join('');
}

/** A number with up to four significant digits, all digits of an integer; `-` when it is not finite or missing. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1000 && magnitude < 1e9) return value.toFixed(0);
  if (magnitude >= 1e9 || magnitude < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** A JSON value as text for one cell. */
function cell(value: unknown): string {
  if (typeof value === 'number') return shortNumber(value);
  if (typeof value === 'string') return value;
  if (value === undefined) return '-';
  return JSON.stringify(value);
}

/** An object as rows of field and value; a nested object becomes `name a 1, b 2`, a long one a row for each of its fields. */
export function objectRows(object: object): string[][] {
  return Object.entries<unknown>({ ...object }).flatMap(([name, value]) => {
    if (typeof value !== 'object' || value === null) return [[name, cell(value)]];
    if (Array.isArray(value)) return [[name, value.map(cell).join(', ')]];
    const fields = Object.entries<unknown>({ ...value });
    const text = fields.map(([field, content]) => `${field} ${cell(content)}`).join(', ');
    return text.length <= 72
      ? [[name, text || '-']]
      : fields.map(([field, content], i) => [i === 0 ? name : '', `${field} ${cell(content)}`]);
  });
}

/** Removes control characters, so that text from a file or the network cannot control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
}
