import { SoftqdError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { ReplayDraw, ReplayMemory, RowRange } from './replay-memory.ts';

export interface ReplaySource {
  readonly memory: ReplayMemory;
  /** Part of each batch, in (0, 1]; the shares of all sources sum up to 1. */
  readonly share: number;
}

/** The rows of a batch that come from one memory. */
export interface BatchPart extends RowRange {
  readonly memory: ReplayMemory;
}

/**
 * Rows of a batch for each source: batchSize x share / sum of the shares, rounded down, and one more for the largest remainders (of equal
 * ones the first) until the batch is full. They sum up to `batchSize`.
 */
export function rowsOfShares(shares: readonly number[], batchSize: number): readonly number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const exact = shares.map((share) => (batchSize * share) / total);
  const rows = exact.map((number) => Math.floor(number));
  const missing = batchSize - rows.reduce((sum, count) => sum + count, 0);
  const remainder = (source: number): number => exact[source]! - rows[source]!;
  const byRemainder = [...shares.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const source of byRemainder.slice(0, missing)) rows[source]! += 1;
  return rows;
}

/**
 * Several replay memories that share each batch. The first rows of a batch are of the first source, and so on. A source without
 * transitions has no rows: its share goes to the others, in proportion to theirs.
 */
export class ReplaySources {
  private readonly sources: readonly ReplaySource[];
  private readonly batchSize: number;
  private parts: readonly BatchPart[] = [];
  /** Sources with transitions when `parts` was computed. */
  private filled = 0;

  /** Memories never become empty again. */
  constructor(sources: readonly ReplaySource[], batchSize: number) {
    this.sources = sources;
    this.batchSize = batchSize;
  }

  /** Draws a batch, source after source, from one stream of random numbers. Throws E_ENGINE_INPUT when all are empty. */
  draw(random: Random, out: ReplayDraw): readonly BatchPart[] {
    const filled = this.sources.filter(({ memory }) => memory.count > 0);
    if (filled.length === 0) throw new SoftqdError('E_ENGINE_INPUT', 'every replay memory is empty');
    if (filled.length !== this.filled) {
      this.filled = filled.length;
      this.parts = this.partsOf(filled);
    }
    for (const part of this.parts) part.memory.draw(random, out, part);
    return this.parts;
  }

  private partsOf(sources: readonly ReplaySource[]): readonly BatchPart[] {
    const shares = sources.map(({ share }) => share);
    let first = 0;
    return rowsOfShares(shares, this.batchSize).map((count, i) => {
      const part = { memory: sources[i]!.memory, first, count };
      first += count;
      return part;
    });
  }
}
