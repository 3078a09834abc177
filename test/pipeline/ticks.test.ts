import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import { SimulatedClock } from '../../src/base/clock.ts';
import {
  ClockTicker,
  lockStepTicks,
  realTimeTicks,
  type OnTick,
  type Tick,
  type Ticker,
} from '../../src/control/index.ts';
import type { Driver, DriverEvent } from '../../src/driver/port.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { pendulumReading, pendulumRobot } from '../support/control-loop.ts';

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
      setTimer: (deadlineNs: number, callback: () => void) => {
        const entry = { deadlineNs, callback };
        scheduled.push(entry);
        return () => (scheduled = scheduled.filter((other) => other !== entry));
      },
    };
    /** Runs what is due at this time in order of deadline. */
    const fireAt = (timeNs: number): void => {
      nowNs = timeNs;
      const due = scheduled.filter((entry) => entry.deadlineNs <= timeNs).sort((a, b) => a.deadlineNs - b.deadlineNs);
      scheduled = scheduled.filter((entry) => !due.includes(entry));
      for (const { callback } of due) callback();
    };
    const ticks: Tick[] = [];
    realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS }).subscribe((tick) => ticks.push(tick));
    fireAt(10.2 * MS);
    fireAt(57 * MS); // a stall: due at 20; the readings that arrived meanwhile are received first
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

describe('a tick that waits for a reading', () => {
  /** A driver with an expected time of its reading; `arrive` sends it. */
  function awaiting(clock: SimulatedClock, expectedNs: (tickNs: number) => number | null) {
    const readings$ = new Subject<DriverEvent>();
    const asked: number[] = [];
    const driver: Pick<Driver, 'readings$' | 'scheduleReading'> = {
      readings$,
      scheduleReading: (tickNs) => {
        asked.push(tickNs / MS);
        return expectedNs(tickNs);
      },
    };
    const ticks: Tick[] = [];
    const ticks$ = realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS, drivers: [driver] });
    ticks$.subscribe((tick) => ticks.push(tick));
    const arrive = (timeNs: number): void => {
      clock.advanceTo(timeNs);
      readings$.next({ kind: 'reading', reading: pendulumReading(timeNs, 0) });
    };
    return { asked, ticks, arrive };
  }
  const times = (ticks: readonly Tick[]): number[][] =>
    ticks.map(({ deadlineNs, wakeNs, startNs, skipped }) => [deadlineNs / MS, wakeNs / MS, startNs / MS, skipped]);

  it('starts when it arrives, and reports when it woke', () => {
    const clock = new SimulatedClock();
    const { asked, ticks, arrive } = awaiting(clock, (tickNs) => tickNs + MS);
    clock.advanceTo(12 * MS);
    assert.equal(ticks.length, 0);
    arrive(13 * MS);
    assert.deepEqual(times(ticks), [[10, 10, 13, 0]]);
    arrive(19 * MS);
    clock.advanceTo(20 * MS);
    // That reading had arrived before.
    assert.deepEqual(times(ticks).at(-1), [20, 20, 20, 0]);
    assert.deepEqual(asked, [10, 20]);
  });

  it('starts without it after 0.6 periods', () => {
    const clock = new SimulatedClock();
    const { ticks } = awaiting(clock, (tickNs) => tickNs - MS);
    clock.advanceTo(29 * MS);
    assert.deepEqual(times(ticks), [
      [10, 10, 16, 0],
      [20, 20, 26, 0],
    ]);
  });

  it('does not wait for a reading expected later, or without drivers', () => {
    for (const expected of [(tickNs: number): number => tickNs + 7 * MS, (): null => null]) {
      const clock = new SimulatedClock();
      const { ticks } = awaiting(clock, expected);
      clock.advanceTo(11 * MS);
      assert.deepEqual(times(ticks), [[10, 10, 10, 0]]);
    }
  });

  it('ends with the subscription', () => {
    const clock = new SimulatedClock();
    const readings$ = new Subject<DriverEvent>();
    const driver = { readings$, scheduleReading: (tickNs: number) => tickNs };
    const ticks$ = realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: 10 * MS, drivers: [driver] });
    const ticks: Tick[] = [];
    const subscription = ticks$.subscribe((tick) => ticks.push(tick));
    clock.advanceTo(12 * MS);
    assert.ok(readings$.observed);
    subscription.unsubscribe();
    assert.ok(!readings$.observed);
    clock.advanceTo(40 * MS);
    assert.equal(ticks.length, 0);
  });

  it('counts as skipped when the next tick overtakes it, which does not wait again', () => {
    let onTick: OnTick = () => undefined;
    const ticker: Ticker = {
      start: (_periodNs, given) => {
        onTick = given;
        return () => undefined;
      },
    };
    let nowNs = 0;
    // So busy that no timer fires.
    const clock = { nowNs: () => nowNs, setTimer: () => () => undefined };
    const readings$ = new Subject<DriverEvent>();
    const driver = { readings$, scheduleReading: (tickNs: number) => tickNs };
    const ticks: Tick[] = [];
    const ticks$ = realTimeTicks({ ticker, clock, periodNs: 10 * MS, drivers: [driver] });
    const subscription = ticks$.subscribe((tick) => ticks.push(tick));
    for (const [deadline, skipped] of [
      [10, 0],
      [20, 0],
      [30, 0],
      [50, 1],
    ] as const) {
      nowNs = (deadline + 1) * MS;
      onTick(deadline * MS, skipped, () => undefined);
    }
    assert.deepEqual(
      ticks.map(({ deadlineNs, skipped }) => [deadlineNs / MS, skipped]),
      [
        [20, 1],
        [50, 2],
      ],
    );
    subscription.unsubscribe();
    assert.ok(!readings$.observed);
  });
});

describe('ticks for a driver that sends readings at its own rate', () => {
  const PERIOD = 10 * MS;

  /** Readings every `everyNs` with the given jitter from a first one on, for so many; returns how old they were at their ticks, in ms. */
  function agesBeside(readings: { everyNs: number; jitterNs: number; count: number }): (number | null)[] {
    const clock = new SimulatedClock();
    const readings$ = new Subject<DriverEvent>();
    let unread: Reading | null = null;
    readings$.subscribe((event) => (unread = event.kind === 'reading' ? event.reading : unread));
    const ages: (number | null)[] = [];
    realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: PERIOD, drivers: [{ readings$ }] }).subscribe(
      (tick) => {
        ages.push(unread === null ? null : (tick.startNs - unread.arrivalNs) / MS);
        unread = null;
      },
    );
    for (let k = 0; k < readings.count; k++) {
      const timeNs = 3 * MS + k * readings.everyNs + readings.jitterNs * ((k * 0.618) % 1);
      clock.setTimer(timeNs, () => readings$.next({ kind: 'reading', reading: pendulumReading(k, timeNs) }));
    }
    clock.advanceTo(readings.count * readings.everyNs);
    return ages;
  }

  it('follow them closely and miss none, for each phase and drift of the clocks', () => {
    for (const everyNs of [PERIOD, 1.0003 * PERIOD, 0.9997 * PERIOD]) {
      const ages = agesBeside({ everyNs, jitterNs: 0.3 * MS, count: 3000 }).slice(1000);
      assert.ok(!ages.includes(null), `${everyNs}`);
      assert.ok(
        ages.every((age) => age! < 1),
        `${Math.max(...ages.map((age) => age!))}`,
      );
    }
  });

  it('use the latest of two when readings arrive twice as fast', () => {
    const ages = agesBeside({ everyNs: PERIOD / 2, jitterNs: 0.3 * MS, count: 6000 }).slice(1000);
    assert.ok(ages.every((age) => age !== null && age < 1));
  });

  it('do not follow readings of another rate', () => {
    const ages = agesBeside({ everyNs: 0.73 * PERIOD, jitterNs: 0, count: 3000 });
    // No tick waits, and the readings have all ages.
    assert.ok(Math.max(...ages.map((age) => age ?? 0)) > 6);
    assert.ok(Math.min(...ages.map((age) => age ?? 10)) < 0.5);
  });

  it('stop waiting when the readings have stopped', () => {
    const clock = new SimulatedClock();
    const readings$ = new Subject<DriverEvent>();
    const waits: number[] = [];
    realTimeTicks({ ticker: new ClockTicker(clock), clock, periodNs: PERIOD, drivers: [{ readings$ }] }).subscribe(
      (tick) => waits.push(tick.startNs - tick.deadlineNs),
    );
    for (let k = 0; k < 200; k++) {
      clock.advanceTo((k + 0.9) * PERIOD);
      readings$.next({ kind: 'reading', reading: pendulumReading(k, clock.nowNs()) });
    }
    clock.advanceTo(300 * PERIOD);
    assert.ok(waits.slice(205, 210).some((waitNs) => waitNs > 0.5 * PERIOD));
    assert.ok(waits.slice(220).every((waitNs) => waitNs === 0));
  });
});

describe('lockStepTicks', () => {
  it('ticks at once, then as soon as every driver has sent a reading, advancing time by one period', () => {
    const clock = new SimulatedClock();
    const [left, right] = [pendulumRobot(), pendulumRobot()];
    const ticks: number[] = [];
    const subscription = lockStepTicks([left.driver, right.driver], clock, 50 * MS).subscribe((tick) =>
      ticks.push(tick.startNs / MS),
    );
    assert.deepEqual(ticks, [0]);
    left.driver.readings$.next({ kind: 'reading', reading: pendulumReading(1, 0) });
    assert.deepEqual(ticks, [0]);
    right.driver.readings$.next({ kind: 'reading', reading: pendulumReading(1, 0) });
    assert.deepEqual(ticks, [0, 50]);
    left.driver.readings$.next({ kind: 'reading', reading: pendulumReading(2, 0) });
    right.driver.readings$.next({ kind: 'reading', reading: pendulumReading(2, 0) });
    assert.deepEqual(ticks, [0, 50, 100]);
    subscription.unsubscribe();
    assert.equal(left.driver.readings$.observed || right.driver.readings$.observed, false);
  });
});
