import { cell, objectRows, shortNumber, table } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

/** `log info` as text. */
export function renderLogInfo(result: Result): string {
  const rows = [
    ['files', Array.isArray(result['files']) ? result['files'].map(cell).join('\n       ') : cell(result['files'])],
    ['records', shortNumber(result['records'])],
    ['transitions', shortNumber(result['transitions'])],
    ['episodes', shortNumber(result['episodes'])],
  ];
  for (const [topic, count] of Object.entries((result['topics'] ?? {}) as Result)) rows.push([topic, cell(count)]);
  for (const session of Array.isArray(result['sessions']) ? (result['sessions'] as Result[]) : []) {
    rows.push([
      'session',
      `${cell(session['uuid'])}  ${cell(session['first'])} to ${cell(session['last'])}, ${missingText(session['missing'])}`,
    ]);
  }
  const cut = result['truncatedAt'];
  if (cut !== null && cut !== undefined)
    rows.push(['truncated at', `${cell(cut)}: softqd log recover FILE writes all complete records to a new file`]);
  const { records, chunks, bytes } = (result['damaged'] ?? {}) as Result;
  if (records !== 0 || chunks !== 0)
    rows.push(['damaged', `${cell(records)} records, ${cell(chunks)} chunks, ${cell(bytes)} bytes (skipped)`]);
  return table(rows);
}

function missingText(missing: unknown): string {
  const count = Array.isArray(missing) ? missing.length : missing;
  return count === 0 || count === undefined ? 'none missing' : `${cell(count)} missing`;
}

/** Result of a command that writes something: every field. */
export function renderWritten(result: Result): string {
  return table(objectRows(result));
}
