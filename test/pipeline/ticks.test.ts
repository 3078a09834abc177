import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/base/clock.ts';
import { ClockTicker, lockStepTicks, realTimeTicks, type Tick } from '../../src/control/index.ts';
import { pendulumLane, pendulumReading } from '../support/line.ts';

const MS = 1e6;

describe('realTimeTicks', () => {
  it('ticks on the grid of absolute deadlines', () => {
    const clock = new SimulatedClock(5 * MS);
    const ticks: Tick[] = [];
    const subscription = realTimeTicks(new ClockTicker(clock), clock, 10 * MS).subscribe((tick) => ticks.push(tick));
    clock.advanceTo(46 * MS);
    assert.deepEqual(
      ticks.map((tick) => [tick.index, tick.deadlineNs / MS, tick.skipped]),
      [
        [0, 15, 0],
        [1, 25, 0],
        [2, 35, 0],
        [3, 45, 0],
      ],
    );
    subscription.unsubscribe();
    clock.advanceTo(200 * MS);
    assert.equal(ticks.length, 4);
  });

  it('skips missed periods after a stall instead of catching up, and keeps the grid', () => {
    let nowNs = 0;
    let scheduled: { deadlineNs: number; callback: () => void }[] = [];
    const clock = {
      nowNs: () => nowNs,
      at: (deadlineNs: number, callback: () => void) => {
        const entry = { deadlineNs, callback };
        scheduled.push(entry);
        return () => (scheduled = scheduled.filter((other) => other !== entry));
      },
    };
    /** The event loop comes round at this time: what is due runs in order of deadline. */
    const fireAt = (timeNs: number): void => {
      nowNs = timeNs;
      const due = scheduled.filter((entry) => entry.deadlineNs <= timeNs).sort((a, b) => a.deadlineNs - b.deadlineNs);
      scheduled = scheduled.filter((entry) => !due.includes(entry));
      for (const { callback } of due) callback();
    };
    const ticks: Tick[] = [];
    realTimeTicks(new ClockTicker(clock), clock, 10 * MS).subscribe((tick) => ticks.push(tick));
    fireAt(10.2 * MS);
    fireAt(57 * MS); // a stall: due at 20; what arrived meanwhile is read first
    assert.equal(ticks.length, 1);
    fireAt(57.5 * MS);
    fireAt(60.1 * MS);
    fireAt(70 * MS);
    assert.deepEqual(
      ticks.map(({ deadlineNs, startNs, skipped }) => [deadlineNs / MS, startNs / MS, skipped]),
      [
        [10, 10.2, 0],
        [20, 57.5, 0],
        [60, 60.1, 3],
        [70, 70, 0],
      ],
    );
  });
});

describe('lockStepTicks', () => {
  it('ticks at once, then as soon as every lane has answered, moving time by one period', () => {
    const clock = new SimulatedClock();
    const [left, right] = [pendulumLane(), pendulumLane({ index: 1 })];
    const ticks: number[] = [];
    const subscription = lockStepTicks([left.lane, right.lane], clock, 50 * MS).subscribe((tick) =>
      ticks.push(tick.startNs / MS),
    );
    assert.deepEqual(ticks, [0]);
    left.body.readings$.next(pendulumReading(1, 0));
    assert.deepEqual(ticks, [0]);
    right.body.readings$.next(pendulumReading(1, 0));
    assert.deepEqual(ticks, [0, 50]);
    left.body.readings$.next(pendulumReading(2, 0));
    right.body.readings$.next(pendulumReading(2, 0));
    assert.deepEqual(ticks, [0, 50, 100]);
    subscription.unsubscribe();
    assert.equal(left.body.readings$.observed || right.body.readings$.observed, false);
  });
});
