import { printable, shortNumber } from '../../cli/index.ts';
import type { SimulatorCheckResult } from './types.ts';

/** The result of `simulator check` as text: one line a rule, and below a broken one what was received. */
export function printSimulatorCheck(result: SimulatorCheckResult): string {
  const { simulator, robot, mode, rules, stepMs } = result;
  const lines = [
    `${simulator}: robot ${robot}, ${mode === null ? 'mode unknown' : mode === 'lock-step' ? 'lock-step' : 'real time'}`,
    ...rules.flatMap(({ id, rule, result: outcome, detail }) => [
      `  ${outcome.padEnd(8)}${id}: ${rule}`,
      ...(detail === null ? [] : [`          ${detail}`]),
    ]),
    `${result.ok} ok, ${result.broken} broken, ${result.skipped} skipped` +
      (stepMs === null ? '' : `; ${shortNumber(stepMs)} ms a step`),
  ];
  return printable(`${lines.join('\n')}\n`);
}
