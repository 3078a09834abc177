import assert from 'node:assert/strict';
import { crossesMultiple, waitsForLearner } from '../../../src/runs/learner-waits.ts';

const config = { policySyncSteps: 10, metricsEverySteps: 25 };

function waits(upTo: number, newSteps: number, of = config): number[] {
  const steps = Array.from({ length: Math.floor(upTo / newSteps) }, (_, i) => (i + 1) * newSteps);
  return steps.filter((step) => waitsForLearner(of, step, newSteps));
}

describe('a lock-step run', () => {
  it('waits for its learner only where the policy may change and where it reports', () => {
    assert.deepEqual(waits(55, 1), [10, 20, 25, 30, 40, 50]);
  });

  it('waits at the first tick of several steps that reaches such a step', () => {
    assert.deepEqual(waits(36, 4), [12, 20, 28, 32]);
  });

  it('does not get more than a thousand steps ahead', () => {
    assert.deepEqual(waits(2500, 1, { policySyncSteps: 1e6, metricsEverySteps: 0 }), [1000, 2000]);
  });

  it('has no multiples of 0', () => assert.equal(crossesMultiple(0, 10, 10), false));
});
