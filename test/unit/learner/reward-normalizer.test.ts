import assert from 'node:assert/strict';
import { RewardNormalizer, rewardStatisticsFrom } from '../../../src/learner/reward-normalizer.ts';
import type { Transition } from '../../../src/robot/transition.ts';
import { transition } from '../../support/transitions.ts';

const DISCOUNT = 0.5;

function step(i: number, reward: number, changes: Partial<Transition> = {}): Transition {
  return transition(i, { reward, terminated: false, truncated: false, episode: 0, ...changes });
}

describe('the reward normalizer', () => {
  it('divides by the spread of the discounted return, which starts again with each episode', () => {
    const normalizer = new RewardNormalizer(true, DISCOUNT);
    assert.equal(normalizer.factor, 1);
    normalizer.add(step(0, 1));
    normalizer.add(step(1, 2, { truncated: true }));
    normalizer.add(step(2, -3));
    normalizer.add(step(3, 5, { terminated: true }));
    const returns = [1, 2.5, -3, 3.5];
    const mean = returns.reduce((a, b) => a + b, 0) / 4;
    const spread = Math.sqrt(returns.reduce((sum, g) => sum + (g - mean) ** 2, 0) / 4);
    assert.ok(Math.abs(normalizer.factor - 1 / spread) < 1e-12);
  });

  it('divides by a fifth of the largest return where the spread is smaller, and by no less than 1e-3', () => {
    const steady = new RewardNormalizer(true, DISCOUNT);
    for (let i = 0; i < 1000; i++) steady.add(step(i, 10));
    assert.ok(Math.abs(steady.factor - 5 / 20) < 1e-9);
    const still = new RewardNormalizer(true, DISCOUNT);
    still.add(step(0, 0));
    assert.equal(still.factor, 1000);
  });

  it('keeps the episodes of alternating simulators apart', () => {
    const [both, apart] = [new RewardNormalizer(true, DISCOUNT), new RewardNormalizer(true, DISCOUNT)];
    for (let i = 0; i < 10; i++) for (const episode of [0, 1]) both.add(step(i, i + 7 * episode, { episode }));
    for (const episode of [0, 1]) for (let i = 0; i < 10; i++) apart.add(step(i, i + 7 * episode, { episode }));
    assert.ok(Math.abs(both.factor - apart.factor) < 1e-12);
  });

  it('starts the returns of another session over, also when episodes have the same numbers', () => {
    const [two, one] = [new RewardNormalizer(true, DISCOUNT), new RewardNormalizer(true, DISCOUNT)];
    two.add(step(0, 8));
    two.add(step(0, 4, { sessionUuid: 'other' }));
    one.add(step(0, 8, { truncated: true }));
    one.add(step(0, 4));
    assert.equal(two.factor, one.factor);
  });

  it('continues identically from a saved state, in the middle of an episode', () => {
    const [straight, first, second] = [0, 1, 2].map(() => new RewardNormalizer(true, DISCOUNT));
    for (let i = 0; i < 7; i++) for (const one of [straight!, first!]) one.add(step(i, Math.sin(i)));
    second!.restore(first!.save());
    for (let i = 7; i < 15; i++) for (const one of [straight!, second!]) one.add(step(i, Math.sin(i)));
    assert.deepEqual(second!.save(), straight!.save());
  });

  it('has statistics that a policy file carries, and rejects what cannot be such', () => {
    const normalizer = new RewardNormalizer(true, DISCOUNT);
    assert.equal(normalizer.statistics, null);
    for (let i = 0; i < 5; i++) normalizer.add(step(i, i));
    const text = JSON.stringify(normalizer.statistics);
    const good = normalizer.save();
    const other = new RewardNormalizer(true, DISCOUNT);
    other.restore({ ...rewardStatisticsFrom(JSON.parse(text))!, sessionUuid: '', returns: [] });
    assert.equal(other.factor, normalizer.factor);
    assert.equal(rewardStatisticsFrom(null), null);
    for (const bad of [7, {}, { ...good, count: 0 }, { ...good, squares: NaN }])
      assert.throws(() => rewardStatisticsFrom(bad), { code: 'E_POLICY_FILE' });
  });

  it('is 1 while disabled', () => {
    const normalizer = new RewardNormalizer(false, DISCOUNT);
    normalizer.add(step(0, 1e6));
    assert.equal(normalizer.factor, 1);
  });
});
