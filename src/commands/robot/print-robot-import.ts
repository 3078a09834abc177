import { printable } from '../../cli/index.ts';
import type { RobotImportResult } from './types.ts';

/** The result of `robot import` as text: the file, its joints, and every note on its own line. */
export function printRobotImport({ file, joints, chain, notes }: RobotImportResult): string {
  const lines = [
    file,
    `  joints: ${joints.join(', ')}`,
    `  kinematic chain: ${chain?.join(', ') ?? 'not known'}`,
    ...(notes.length === 0 ? [] : ['Complete or check:', ...notes.map((note) => `  - ${note}`)]),
  ];
  return printable(`${lines.join('\n')}\n`);
}
