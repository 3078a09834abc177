import assert from 'node:assert/strict';
import { RecentSuccess, successesOf } from '../../../src/runs/success.ts';

const judged = { outcome: () => null };
const withoutSuccess = {};

describe('success of episodes', () => {
  it('counts every outcome but none, and is unknown for a task without outcomes', () => {
    assert.equal(successesOf(judged, { success: 41 }), 41);
    assert.equal(successesOf(judged, {}), 0);
    assert.equal(successesOf(judged, { goal0: 3, goal2: 4, none: 5 }), 7);
    assert.equal(successesOf(judged, { none: 5 }), 0);
    assert.equal(successesOf(withoutSuccess, {}), null);
  });

  it('is a rate over the latest episodes', () => {
    const recent = new RecentSuccess(judged, 4);
    assert.equal(recent.rate, null);
    for (const outcome of [null, 'none', 'success', null]) recent.add(outcome);
    assert.equal(recent.rate, 0.25);
    for (const outcome of ['success', 'success', null]) recent.add(outcome);
    assert.equal(recent.rate, 0.5);
    const without = new RecentSuccess(withoutSuccess);
    without.add(null);
    assert.equal(without.rate, null);
  });
});
