import assert from 'node:assert/strict';
import { runRepeatedly } from '../../support/stop-matrix/cell-queue.ts';

/** How often a run is made whose results are these, the last one again and again, on a machine that stalls or not. */
async function runsOf(
  results: readonly (readonly string[] | Error)[],
  stalledS: number,
): Promise<{ runs: number; outcome: readonly string[] | Error }> {
  let runs = 0;
  const stalls = { longestS: () => stalledS, quiet: () => Promise.resolve() };
  const run = (): Promise<{ problems: readonly string[] }> => {
    const result = results[Math.min(runs++, results.length - 1)]!;
    return result instanceof Error ? Promise.reject(result) : Promise.resolve({ problems: result });
  };
  const outcome = await runRepeatedly('a cell', run, stalls).then(
    ({ problems }) => problems,
    (error: unknown) => error as Error,
  );
  return { runs, outcome };
}

describe('a cell of the stop matrix', () => {
  const lost = new Error('left no trace');

  it('that fails is repeated once, and then fails', async () => {
    assert.deepEqual(await runsOf([['late']], 0), { runs: 2, outcome: ['late'] });
    assert.deepEqual(await runsOf([lost], 0), { runs: 2, outcome: lost });
  });

  it('that fails while the machine stalls is repeated six times, and then fails', async () => {
    assert.deepEqual(await runsOf([['late']], 0.1), { runs: 7, outcome: ['late'] });
    assert.deepEqual(await runsOf([lost], 0.1), { runs: 7, outcome: lost });
  });

  it('passes with its first run without a problem', async () => {
    assert.deepEqual(await runsOf([[]], 0), { runs: 1, outcome: [] });
    assert.deepEqual(await runsOf([lost, ['late'], []], 0.1), { runs: 3, outcome: [] });
  });
});
