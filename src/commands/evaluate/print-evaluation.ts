import { printable, shortNumber, successCountText, table } from '../../cli/index.ts';
import type { EvaluateResult } from './types.ts';

/** The result of `evaluate` as text. */
export function printEvaluation(result: EvaluateResult): string {
  const { robot, task, mode, episodes, terminated, truncated, clips, outcomes } = result;
  const [mean, std, min, max] = [result.mean, result.std, result.min, result.max].map(shortNumber);
  const rows = [
    ['policy', result.policySha256.slice(0, 16)],
    ['robot, task', `${robot} ${task}`],
    ['mode', mode],
    ['success', result.successes === null ? '' : successCountText(result.successes, episodes)],
    ['episodes', `${episodes}${seedText(result)} (${terminated} terminated, ${truncated} at the time limit)`],
    ['return', `mean ${mean!}, std ${std!}, from ${min!} to ${max!}`],
    ['clips', countsText(clips)],
    ['outcomes', countsText(outcomes)],
  ];
  return printable(table(rows.filter(([, text]) => text !== '')));
}

function seedText({ seed, initialStatesFile }: EvaluateResult): string {
  return initialStatesFile === null ? ` from seed ${seed}` : ` from ${initialStatesFile}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
