import assert from 'node:assert/strict';
import { RemainingTime } from '../../../src/runs/remaining-time.ts';

describe('RemainingTime', () => {
  it('uses the rate since the run was resumed', () => {
    const remaining = new RemainingTime(1000, 400, 0);
    assert.equal(remaining.at(400, 0), null);
    assert.equal(remaining.at(500, 1000), 5);
    assert.equal(remaining.at(1000, 6000), 0);
  });

  it('forgets the fast steps before learning began', () => {
    const remaining = new RemainingTime(100_000, 0, 0);
    remaining.at(10_000, 1000);
    for (let second = 2; second <= 40; second++) remaining.at(10_000 + 10 * second, second * 1000);
    assert.equal(remaining.at(10_410, 41_000), 8959);
  });
});
