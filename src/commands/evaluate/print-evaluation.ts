import { cell, shortNumber, table } from '../../cli/index.ts';

type Result = Readonly<Record<string, unknown>>;

/** What `evaluate` says to people. */
export function renderEvaluation(result: Result): string {
  const rows = [
    ['policy', cell(result['policySha256']).slice(0, 16)],
    ['robot, task', `${cell(result['robot'])} ${cell(result['task'])}`],
    ['mode', cell(result['mode'])],
    [
      'episodes',
      `${shortNumber(result['episodes'])} (${shortNumber(result['terminated'])} terminated, ${shortNumber(result['truncated'])} at the time limit)`,
    ],
    [
      'return',
      `mean ${shortNumber(result['mean'])}, std ${shortNumber(result['std'])}, from ${shortNumber(result['min'])} to ${shortNumber(result['max'])}`,
    ],
    ['clips', counts(result['clips'])],
    ['outcomes', counts(result['outcomes'])],
  ];
  return table(rows.filter(([, text]) => text !== ''));
}

function counts(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, count]) => `${name} ${shortNumber(count)}`)
    .join(', ');
}
