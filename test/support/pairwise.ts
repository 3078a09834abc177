import type { Random } from '../../src/base/random.ts';

type Choices = Readonly<Record<string, readonly unknown[]>>;
export type Row<C extends Choices> = { -readonly [K in keyof C]: C[K][number] };

/** Rows in which every value of every factor meets every value of every other factor at least once (greedy, repeatable). */
export function pairwise<C extends Choices>(choices: C, random: Random): Row<C>[] {
  const names = Object.keys(choices);
  const open = new Set<string>();
  const pairsOf = (row: readonly number[]): string[] => {
    const pairs: string[] = [];
    for (let i = 0; i < names.length; i++)
      for (let j = i + 1; j < names.length; j++) pairs.push(`${i}=${row[i]!},${j}=${row[j]!}`);
    return pairs;
  };
  for (let i = 0; i < names.length; i++)
    for (let j = i + 1; j < names.length; j++)
      for (let a = 0; a < choices[names[i]!]!.length; a++)
        for (let b = 0; b < choices[names[j]!]!.length; b++) open.add(`${i}=${a},${j}=${b}`);
  const rows: Row<C>[] = [];
  while (open.size > 0) {
    let best: number[] = [];
    let bestCovers = 0;
    for (let trial = 0; trial < 400 || bestCovers === 0; trial++) {
      const row = names.map((name) => random.integer(choices[name]!.length));
      const covers = pairsOf(row).filter((pair) => open.has(pair)).length;
      if (covers > bestCovers) [best, bestCovers] = [row, covers];
    }
    for (const pair of pairsOf(best)) open.delete(pair);
    rows.push(Object.fromEntries(names.map((name, i) => [name, choices[name]![best[i]!]])) as Row<C>);
  }
  return rows;
}
