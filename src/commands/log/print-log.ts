import { doneText, printable, table } from '../../cli/index.ts';
import type { LogInfo, SessionInfo } from '../../experience/index.ts';
import type { LogExportDone, LogRecovered } from './types.ts';

/** The result of `log info` as text. */
export function printLogInfo(info: LogInfo): string {
  const { files, records, transitions, episodes, topics, sessions, truncatedAt, damaged } = info;
  const rows = [
    ['files', String(files)],
    ['records', String(records)],
    ['transitions', String(transitions)],
    ['episodes', String(episodes)],
    ...Object.entries(topics).map(([topic, count]) => [topic, String(count)]),
    ...sessions.map((session) => ['session', sessionText(session)]),
  ];
  if (truncatedAt !== null) {
    rows.push([
      'truncated',
      `at byte ${truncatedAt}: softqd log recover FILE writes all complete records to a new file`,
    ]);
  }
  if (damaged.records > 0 || damaged.chunks > 0)
    rows.push(['damaged', `${damaged.records} records, ${damaged.chunks} chunks, ${damaged.bytes} bytes (skipped)`]);
  return printable(table(rows));
}

function sessionText({ uuid, first, last, missing }: SessionInfo): string {
  return `${uuid}  ${first} to ${last}, ${missing === 0 ? 'none' : missing} missing`;
}

/** The result of `log export` as text. */
export function printExport(result: LogExportDone): string {
  return printable(`${doneText(result)}\n`);
}

/** One recovered file as text. */
export function printRecovered({ file, out, records, droppedBytes, reason }: LogRecovered): string {
  const end =
    droppedBytes === 0 ? '' : `, ${droppedBytes} bytes at the end dropped${reason === null ? '' : `: ${reason}`}`;
  return printable(`${file}: ${records} records written to ${out}${end}\n`);
}
