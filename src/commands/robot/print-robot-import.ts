import { printable } from '../../cli/index.ts';
import type { RobotImportResult } from './types.ts';

/** The result of `robot import` as text: the files, the joints, and every note on its own line. */
export function printRobotImport(result: RobotImportResult): string {
  const { file, files, joints, chain, tip, tasks, notes, missing, next } = result;
  const lines = [
    file,
    `  files: ${files.length > 12 ? `${files.slice(0, 12).join(', ')} and ${files.length - 12} more` : files.join(', ')}`,
    `  joints: ${joints.join(', ')}`,
    `  kinematic chain: ${chain === null ? 'not known' : `${chain.join(', ')}, to ${tip ?? '-'}`}`,
    `  tasks: ${tasks.length === 0 ? 'none' : tasks.join(', ')}`,
    ...list('Complete or check:', notes),
    ...list('Missing for hardware:', missing),
    'Next:',
    `  ${next}`,
  ];
  return printable(`${lines.join('\n')}\n`);
}

function list(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [title, ...entries.map((entry) => `  - ${entry}`)];
}
