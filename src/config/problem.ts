import { SoftqdError, type ErrorValues } from '../base/errors.ts';
import type { Position } from './key-positions.ts';

/** One thing wrong in the configuration; `config check` lists all of them. */
export interface ConfigProblem {
  readonly code: 'E_CONFIG' | 'E_CONFIG_UNKNOWN_KEY' | 'E_CONFIG_VALUE';
  /** Without the place. */
  readonly text: string;
  readonly hint?: string;
  /** `FILE`, `environment` or `flag`. */
  readonly where: string | null;
  readonly position: Position | null;
  readonly values: ErrorValues;
}

/** `robot.json5:12:3: learner.batchSiez is not a setting; ...`. */
export function problemText(problem: ConfigProblem): string {
  return `${locationText(problem)}${problem.text}`;
}

/** One error out of one or many problems: the first one's code and values, everybody's text. */
export function problemsError(problems: readonly [ConfigProblem, ...ConfigProblem[]]): SoftqdError {
  const [first] = problems;
  const message =
    problems.length === 1
      ? problemText(first)
      : `${problems.length} configuration errors:
${problems.map((problem) => `  ${problemText(problem)}`).join('\n')}`;
  return new SoftqdError(first.code, message, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    values: { ...problemValues(first), ...(problems.length === 1 ? {} : { problems: problems.map(problemText) }) },
  });
}

/** The machine-readable side of one problem: key, value, allowed, file, line, column as far as they are known. */
export function problemValues(problem: ConfigProblem): ErrorValues {
  return {
    ...problem.values,
    ...(problem.where === null ? {} : { where: problem.where }),
    ...(problem.position === null
      ? {}
      : { file: problem.where, line: problem.position.line, column: problem.position.column }),
  };
}

function locationText(problem: ConfigProblem): string {
  if (problem.where === null) return '';
  if (problem.position === null) return `${problem.where}: `;
  return `${problem.where}:${problem.position.line}:${problem.position.column}: `;
}
