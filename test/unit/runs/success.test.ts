import assert from 'node:assert/strict';
import { RecentSuccess, successesOf } from '../../../src/runs/success.ts';

describe('success of episodes', () => {
  it('counts every outcome but none, and is unknown for a task without outcomes', () => {
    assert.equal(successesOf('reach', { success: 41 }), 41);
    assert.equal(successesOf('reach', {}), 0);
    assert.equal(successesOf('multi-goal', { goal0: 3, goal2: 4, none: 5 }), 7);
    assert.equal(successesOf('maze', { none: 5 }), 0);
    assert.equal(successesOf('locomotion', {}), null);
  });

  it('is a rate over the latest episodes', () => {
    const recent = new RecentSuccess('reach', 4);
    assert.equal(recent.rate, null);
    for (const outcome of [null, null, 'success', null]) recent.add(outcome);
    assert.equal(recent.rate, 0.25);
    for (const outcome of ['success', 'success', null]) recent.add(outcome);
    assert.equal(recent.rate, 0.5);
    const without = new RecentSuccess('pendulum');
    without.add(null);
    assert.equal(without.rate, null);
  });
});
