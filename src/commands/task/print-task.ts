import { nextSteps, printable, shortNumber } from '../../cli/index.ts';
import type { TaskCheckResult, TaskNewResult } from './types.ts';

/** The result of `task new` as text. */
export function printTaskNew({ task, robot, files, next }: TaskNewResult): string {
  const written = files.map((file) => `  ${file}\n`).join('');
  const [check, train] = next;
  const steps = nextSteps([
    { command: check, what: 'check it' },
    { command: train, what: 'train a policy' },
  ]);
  return printable(`task ${task} of robot ${robot}:\n${written}Next:\n${steps}\n`);
}

/** The result of `task check` as text: one line for each check. */
export function printTaskCheck(result: TaskCheckResult): string {
  const { task, robot, observationNames, actionSize, readings, steps, checks, stepUs, ok } = result;
  const lines = [
    `task ${task} of robot ${robot}: ${observationNames.length} observations, ${actionSize} actions; ${steps} steps on ${readings} readings`,
    ...checks.map(
      ({ name, problem }) =>
        `  ${problem === null ? 'ok    ' : 'FAILED'} ${name}${problem === null ? '' : `: ${problem}`}`,
    ),
    `  one step takes ${shortNumber(stepUs.median)} us (99 %: ${shortNumber(stepUs.p99)} us)`,
    ok ? 'Task OK.' : 'Task not usable.',
  ];
  return printable(`${lines.join('\n')}\n`);
}
