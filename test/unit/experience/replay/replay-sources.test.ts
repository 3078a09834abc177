import assert from 'node:assert/strict';
import fc from 'fast-check';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { ReplayMemory, ReplaySources, rowsOfShares } from '../../../../src/experience/index.ts';
import { ACTION, OBSERVATION, placesOf, type Step, transitionsOf } from '../../../support/replay.ts';

/** A memory of transitions with rewards 0, 1, 2, ... */
function memoryWith(count: number): ReplayMemory {
  const sizes = { observationSize: OBSERVATION, actionSize: ACTION };
  const memory = new ReplayMemory({ capacity: 100, discount: 0.9, ...sizes });
  const plan = Array.from({ length: count }, (): Step => ({ stream: 0, end: 'no', jump: false }));
  for (const transition of transitionsOf(plan)) memory.add(transition);
  return memory;
}

describe('The shares of a batch', () => {
  it('become whole rows by the largest remainder', () => {
    assert.deepEqual(rowsOfShares([0.5, 0.5], 128), [64, 64]);
    assert.deepEqual(rowsOfShares([0.5, 0.5], 13), [7, 6]);
    assert.deepEqual(rowsOfShares([0.7, 0.2, 0.1], 10), [7, 2, 1]);
    assert.deepEqual(rowsOfShares([0.25, 0.75], 7), [2, 5]);
    assert.deepEqual(rowsOfShares([0.4, 0.2], 9), [6, 3]);
  });

  it('sum up to the batch, and each is less than one row off its share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 1024 }),
        (shares, batchSize) => {
          const rows = rowsOfShares(shares, batchSize);
          const total = shares.reduce((sum, share) => sum + share, 0);
          assert.equal(
            rows.reduce((sum, count) => sum + count, 0),
            batchSize,
          );
          for (const [i, share] of shares.entries())
            assert.ok(Math.abs(rows[i]! - (batchSize * share) / total) < 1 + 1e-9);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('Several replay memories', () => {
  it('fill a batch in their order, each from its own transitions', () => {
    const memories = [memoryWith(3), memoryWith(40), memoryWith(90)];
    const sources = new ReplaySources(
      [0.5, 0.3, 0.2].map((share, i) => ({ share, memory: memories[i]! })),
      20,
    );
    const drawn = placesOf(20);
    const parts = sources.draw(new XoshiroRandom(4), drawn);
    assert.deepEqual(
      parts.map(({ memory, first, count }) => [memories.indexOf(memory), first, count]),
      [
        [0, 0, 10],
        [1, 10, 6],
        [2, 16, 4],
      ],
    );
    const apart = placesOf(20);
    const random = new XoshiroRandom(4);
    for (const part of parts) part.memory.draw(random, apart, part);
    assert.deepEqual(drawn, apart);
    assert.ok(drawn.rewards.subarray(0, 10).every((reward) => reward < 3));
    assert.ok(drawn.rewards.subarray(16).some((reward) => reward >= 40));
  });

  it('give the share of an empty one to the others until it has transitions', () => {
    const [own, prior, empty] = [memoryWith(0), memoryWith(10), memoryWith(0)];
    const sources = new ReplaySources(
      [
        { share: 0.5, memory: own },
        { share: 0.25, memory: prior },
        { share: 0.25, memory: empty },
      ],
      12,
    );
    const counts = (): (readonly [ReplayMemory, number])[] =>
      sources.draw(new XoshiroRandom(1), placesOf(12)).map(({ memory, count }) => [memory, count] as const);
    assert.deepEqual(counts(), [[prior, 12]]);
    own.add(transitionsOf([{ stream: 0, end: 'no', jump: false }])[0]!);
    assert.deepEqual(counts(), [
      [own, 8],
      [prior, 4],
    ]);
  });

  it('cannot be drawn from when all are empty', () => {
    const sources = new ReplaySources([{ share: 1, memory: memoryWith(0) }], 4);
    assert.throws(() => sources.draw(new XoshiroRandom(1), placesOf(4)), {
      code: 'E_ENGINE_INPUT',
      message: 'every replay memory is empty',
    });
  });
});
