import { printable, styleFor, type CliIo, type Style } from '../../cli/index.ts';
import type { FindingLevel } from '../../commissioning/index.ts';
import type { DoctorResult } from './types.ts';

/** The result of `doctor` as text: one line a finding and its hint, then the number of findings of each level. */
export function printDoctor({ findings }: DoctorResult, io: CliIo): string {
  const style = styleFor(io.stdout, io.env);
  const lines = findings.map(({ level, title, detail, hint }) => {
    const head = `${levelText(level, style)} ${printable(title)}`;
    const more = detail === '' ? '' : style.dim(`  ${printable(detail)}`);
    return `${head}${more}\n${hint === null ? '' : `          -> ${printable(hint)}\n`}`;
  });
  const count = (level: FindingLevel): number => findings.filter((finding) => finding.level === level).length;
  return `${lines.join('')}${count('error')} errors, ${count('warning')} warnings, ${count('info')} info, ${count('ok')} ok\n`;
}

function levelText(level: FindingLevel, style: Style): string {
  const text = level.padEnd(9);
  switch (level) {
    case 'error':
      return style.red(text);
    case 'warning':
      return style.yellow(text);
    case 'ok':
      return style.green(text);
    case 'info':
      return text;
  }
}
