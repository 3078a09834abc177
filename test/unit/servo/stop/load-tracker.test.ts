import assert from 'node:assert/strict';
import { LoadTracker } from '../../../../src/servo/stop/load-tracker.ts';

const TICK_NS = 20e6;

describe('the load that a joint carries', () => {
  it('is the offset of the goal at rest', () => {
    const tracker = new LoadTracker();
    tracker.update({ positionSteps: 2000, goalSteps: 2030, radOrMPerS: 0, load: -0.3 }, 0);
    assert.equal(tracker.offsetSteps, 30);
    assert.equal(tracker.load, 0.3);
  });

  it('is the mean offset while the joint moves: the lag of both directions cancels', () => {
    const tracker = new LoadTracker();
    for (let i = 0; i < 500; i++) {
      const lag = Math.floor(i / 5) % 2 === 0 ? 60 : -60;
      tracker.update({ positionSteps: 2000, goalSteps: 2020 + lag, radOrMPerS: 2, load: 0.2 }, i * TICK_NS);
    }
    assert.ok(Math.abs(tracker.offsetSteps - 20) < 15, `${tracker.offsetSteps} steps`);
  });

  it('does not forget the load of a joint that brakes at the moment', () => {
    const tracker = new LoadTracker();
    for (let i = 0; i < 100; i++)
      tracker.update({ positionSteps: 2000, goalSteps: 2020, radOrMPerS: 0, load: 0.4 }, i * TICK_NS);
    tracker.update({ positionSteps: 2010, goalSteps: 2020, radOrMPerS: 0.5, load: 0 }, 100 * TICK_NS);
    assert.ok(tracker.load > 0.35, String(tracker.load));
  });
});
