import assert from 'node:assert/strict';
import { RecentTransitions } from '../../../../src/experience/link/recent-transitions.ts';
import { transition } from '../../../support/transitions.ts';

describe('RecentWindow', () => {
  it('contains the newest transitions in a bounded number of bytes', () => {
    const window = new RecentTransitions(20_000);
    for (let i = 0; i < 5000; i++) {
      window.add(transition(i));
      assert.ok(window.heldBytes <= 20_000);
    }
    assert.equal(window.newest, 4999);
    assert.ok(window.oldest > 4900);
    for (let i = window.oldest; i <= 4999; i++) assert.equal(window.at(i)!.sequence, i);
    assert.equal(window.at(window.oldest - 1), null);
    assert.equal(window.at(0), null);
    assert.equal(window.at(5000), null);
  });

  it('keeps one transition that alone is larger than the bound', () => {
    const window = new RecentTransitions(1);
    window.add(transition(0));
    window.add(transition(1));
    assert.equal(window.oldest, 1);
    assert.equal(window.newest, 1);
  });

  it('starts over after a gap', () => {
    const window = new RecentTransitions(1e6);
    window.add(transition(0));
    window.add(transition(5));
    assert.equal(window.oldest, 5);
    assert.equal(window.at(0), null);
  });
});
