import assert from 'node:assert/strict';
import { map, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { sample, type Tick } from '../../src/control/index.ts';
import type { Driver } from '../../src/driver/port.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { pendulumReading } from '../support/control-loop.ts';

const MS = 1e6;
const scheduler = (): TestScheduler => new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
const tick = (index: number, timeNs: number): Tick => ({
  index,
  deadlineNs: timeNs,
  wakeNs: timeNs,
  startNs: timeNs,
  skipped: 0,
});
const driverOf = (readings$: Observable<Reading>): Pick<Driver, 'readings$'> => ({
  readings$: readings$.pipe(map((reading) => ({ kind: 'reading', reading }))),
});

describe('sample', () => {
  const readings: Record<string, Reading> = {
    p: pendulumReading(1, 1 * MS),
    q: pendulumReading(2, 2 * MS),
    r: pendulumReading(3, 4 * MS),
  };
  const ticks: Record<string, Tick> = { a: tick(0, 3 * MS), b: tick(1, 6 * MS), c: tick(2, 9 * MS) };

  it('passes the latest reading to each tick and drops the ones in between', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const samples$ = hot('---a--b--', ticks).pipe(
        sample([driverOf(hot('-pq-r----', readings))]),
        map((sampled) => `${sampled.tick.index}:${sampled.readings[0]?.sequence}`),
      );
      expectObservable(samples$).toBe('---x--y--', { x: '0:2', y: '1:3' });
    });
  });

  it('passes a reading to one tick only; null: no new reading', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const samples$ = hot('a-b-c', ticks).pipe(
        sample([driverOf(hot('-p---', readings))]),
        map((sampled) => sampled.readings[0]?.sequence ?? null),
      );
      expectObservable(samples$).toBe('x-y-x', { x: null, y: 1 });
    });
  });

  it('finds the reading that arrives in the same frame as its tick', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const readings$ = hot('-p-q', readings);
      const samples$ = readings$.pipe(
        map((_, index) => tick(index, 0)),
        sample([driverOf(readings$)]),
        map((sampled) => sampled.readings[0]!.sequence),
      );
      expectObservable(samples$).toBe('-x-y', { x: 1, y: 2 });
    });
  });

  it('unsubscribes from the ticks and from every driver at once', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const left$ = hot('-p-q-r---', readings);
      const right$ = hot('--p-q-r--', readings);
      const ticks$ = hot('---a--b--', ticks);
      const samples$ = ticks$.pipe(
        sample([driverOf(left$), driverOf(right$)]),
        map((sampled) => sampled.readings.map((reading) => reading?.sequence).join()),
      );
      expectObservable(samples$, '^---!').toBe('---x', { x: '2,1' });
      for (const source$ of [left$, right$, ticks$]) expectSubscriptions(source$.subscriptions).toBe('^---!');
    });
  });

  it('errors when a driver is lost and unsubscribes from the others', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const ticks$ = hot('--a----b', ticks);
      const samples$ = ticks$.pipe(
        sample([driverOf(hot('-p-#', readings, 'lost'))]),
        map(() => 'sample'),
      );
      expectObservable(samples$).toBe('--x#', { x: 'sample' }, 'lost');
      expectSubscriptions(ticks$.subscriptions).toBe('^--!');
    });
  });
});
