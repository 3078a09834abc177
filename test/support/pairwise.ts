import type { Random } from '../../src/base/random.ts';

type Choices = Readonly<Record<string, readonly unknown[]>>;
export type Row<C extends Choices> = { -readonly [K in keyof C]: C[K][number] };

/**
 * Rows in which every value of every factor meets every value of every other factor at least once (greedy, reproducible). `allowed` rules
 * out combinations that make no sense; it sees whole rows and rows of two factors.
 */
export function pairwise<C extends Choices>(
  choices: C,
  random: Random,
  allowed: (row: Partial<Row<C>>) => boolean = () => true,
): Row<C>[] {
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
      for (const [a, first] of choices[names[i]!]!.entries())
        for (const [b, second] of choices[names[j]!]!.entries())
          if (allowed({ [names[i]!]: first, [names[j]!]: second } as Partial<Row<C>>)) open.add(`${i}=${a},${j}=${b}`);
  const rowOf = (indices: readonly number[]): Row<C> =>
    Object.fromEntries(names.map((name, i) => [name, choices[name]![indices[i]!]])) as Row<C>;
  const rows: Row<C>[] = [];
  while (open.size > 0) {
    let best: number[] = [];
    let bestCovers = 0;
    for (let trial = 0; trial < 400 || bestCovers === 0; trial++) {
      const row = names.map((name) => random.integer(choices[name]!.length));
      if (!allowed(rowOf(row))) continue;
      const covers = pairsOf(row).filter((pair) => open.has(pair)).length;
      if (covers > bestCovers) [best, bestCovers] = [row, covers];
    }
    for (const pair of pairsOf(best)) open.delete(pair);
    rows.push(rowOf(best));
  }
  return rows;
}
