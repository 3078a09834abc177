import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import { SimulatedClock } from '../../src/base/clock.ts';
import { ClockTicker, lockStepTicks, realTimeTicks, type AwaitingLane, type Tick } from '../../src/control/index.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { pendulumLane, pendulumReading } from '../support/line.ts';

const MS = 1e6;

describe('realTimeTicks', () => {
  it('ticks on the grid of absolute deadlines', () => {
    const clock = new SimulatedClock(5 * MS);
    const ticks: Tick[] = [];
    const subscription = realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS }).subscribe((tick) =>
      ticks.push(tick),
    );
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
    realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS }).subscribe((tick) => ticks.push(tick));
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

describe('a tick that waits for a reading under way', () => {
  /** A lane whose body says when its reading is expected; `come` makes it come. */
  function awaiting(clock: SimulatedClock, expectedNs: (tickNs: number) => number | null) {
    const readings$ = new Subject<Reading>();
    const asked: number[] = [];
    const lane: { pending: Reading | null; rooms: AwaitingLane['rooms'] } = {
      pending: null,
      rooms: {
        body: {
          readings$,
          expectReading: (tickNs) => {
            asked.push(tickNs / MS);
            return expectedNs(tickNs);
          },
        },
      },
    };
    readings$.subscribe((reading) => (lane.pending = reading));
    const ticks: Tick[] = [];
    const ticks$ = realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS, lanes: [lane] });
    ticks$.subscribe((tick) => {
      ticks.push(tick);
      lane.pending = null;
    });
    const come = (timeNs: number): void => {
      clock.advanceTo(timeNs);
      readings$.next(pendulumReading(timeNs, 0));
    };
    return { asked, ticks, come };
  }
  const times = (ticks: readonly Tick[]): number[][] =>
    ticks.map(({ deadlineNs, wokeNs, startNs, skipped }) => [deadlineNs / MS, wokeNs / MS, startNs / MS, skipped]);

  it('begins with it, and says when it woke', () => {
    const clock = new SimulatedClock();
    const { asked, ticks, come } = awaiting(clock, (tickNs) => tickNs + MS);
    clock.advanceTo(12 * MS);
    assert.equal(ticks.length, 0);
    come(13 * MS);
    assert.deepEqual(times(ticks), [[10, 10, 13, 0]]);
    come(19 * MS);
    clock.advanceTo(20 * MS);
    // That reading was there before.
    assert.deepEqual(times(ticks).at(-1), [20, 20, 20, 0]);
    assert.deepEqual(asked, [10, 20]);
  });

  it('begins without it when it does not come within six tenths of the period', () => {
    const clock = new SimulatedClock();
    const { ticks } = awaiting(clock, (tickNs) => tickNs - MS);
    clock.advanceTo(29 * MS);
    assert.deepEqual(times(ticks), [
      [10, 10, 16, 0],
      [20, 20, 26, 0],
    ]);
  });

  it('does not wait for one that is expected later, or for none', () => {
    for (const expected of [(tickNs: number): number => tickNs + 7 * MS, (): null => null]) {
      const clock = new SimulatedClock();
      const { ticks } = awaiting(clock, expected);
      clock.advanceTo(11 * MS);
      assert.deepEqual(times(ticks), [[10, 10, 10, 0]]);
    }
  });

  it('is over with the line', () => {
    const clock = new SimulatedClock();
    const readings$ = new Subject<Reading>();
    const lane = { pending: null, rooms: { body: { readings$, expectReading: (tickNs: number) => tickNs } } };
    const ticks$ = realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS, lanes: [lane] });
    const ticks: Tick[] = [];
    const subscription = ticks$.subscribe((tick) => ticks.push(tick));
    clock.advanceTo(12 * MS);
    assert.ok(readings$.observed);
    subscription.unsubscribe();
    assert.ok(!readings$.observed);
    clock.advanceTo(40 * MS);
    assert.equal(ticks.length, 0);
  });

  it('counts a tick that the next one overtook as skipped', () => {
    let callTick: (deadlineNs: number, skipped: number) => void = () => undefined;
    const ticker = { start: (_periodNs: number, onTick: typeof callTick) => ((callTick = onTick), () => undefined) };
    let nowNs = 0;
    const clock = { nowNs: () => nowNs, at: () => () => undefined };
    const readings$ = new Subject<Reading>();
    let expected: number | null = 0;
    const lane = { pending: null, rooms: { body: { readings$, expectReading: () => expected } } };
    const ticks: Tick[] = [];
    realTimeTicks({ ticker, clock, periodNs: 10 * MS, lanes: [lane] }).subscribe((tick) => ticks.push(tick));
    nowNs = 19 * MS;
    callTick(10 * MS, 0);
    nowNs = 20 * MS;
    callTick(20 * MS, 0);
    expected = null;
    nowNs = 30 * MS;
    callTick(30 * MS, 1);
    assert.deepEqual(
      ticks.map(({ deadlineNs, skipped }) => [deadlineNs / MS, skipped]),
      [[30, 3]],
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
