import { cell, styleFor, type CliIo, type Style } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

/** What `doctor` says to people: one line a finding, then what to do. */
export function renderFindings(result: Result, io: CliIo): string {
  const style = styleFor(io.stdout, io.env);
  const findings = Array.isArray(result['findings']) ? (result['findings'] as Result[]) : [];
  const lines = findings.map((finding) => {
    const detail = cell(finding['detail'] ?? '');
    const next = cell(finding['next'] ?? '');
    const head = `${mark(cell(finding['level']), style)} ${cell(finding['title'])}`;
    return `${head}${detail === '' || detail === 'null' ? '' : style.dim(`  ${detail}`)}\n${next === '' || next === 'null' ? '' : `          -> ${next}\n`}`;
  });
  const count = (level: string): number => findings.filter((finding) => finding['level'] === level).length;
  const summary = `${count('error')} problems, ${count('warning')} warnings, ${count('info')} notes, ${count('ok')} ok\n`;
  return `${lines.join('')}${summary}`;
}

function mark(level: string, style: Style): string {
  const text = level.padEnd(9);
  if (level === 'error') return style.red(text);
  if (level === 'warning') return style.yellow(text);
  return level === 'ok' ? style.green(text) : text;
}

/** What `report` says to people. */
export function renderReport(result: Result): string {
  const file = result['file'] ?? result['report'] ?? result['out'];
  return file === undefined ? `${JSON.stringify(result)}\n` : `report: ${cell(file)}\n`;
}
