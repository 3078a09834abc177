import assert from 'node:assert/strict';
import { catchError, map, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { RobotInstance, withLatestReadings, type Tick } from '../../src/control/index.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import type { DriverEvent } from '../../src/driver/port.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { ManualDriver, pendulumInstance, pendulumReading } from '../support/control-loop.ts';

const MS = 1e6;
const scheduler = (): TestScheduler => new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
const tick = (index: number, timeNs: number): Tick => ({
  index,
  deadlineNs: timeNs,
  wakeNs: timeNs,
  startNs: timeNs,
  skipped: 0,
});

/** A lane whose body's readings are the given stream. */
function instanceWith(readings$: ManualDriver['readings$']): RobotInstance {
  const { instance } = pendulumInstance();
  return new Proxy(instance, {
    get: (target, key) =>
      key === 'components'
        ? { ...target.components, driver: Object.assign(new ManualDriver(), { readings$ }) }
        : (Reflect.get(target, key) as unknown),
  });
}

describe('takeNewest', () => {
  const event = (reading: Reading): DriverEvent => ({ kind: 'reading', reading });
  const readings: Record<string, DriverEvent> = {
    p: event(pendulumReading(1, 1 * MS)),
    q: event(pendulumReading(2, 2 * MS)),
    r: event(pendulumReading(3, 4 * MS)),
    f: { kind: 'fault', error: new SoftqdError('E_READING_NON_FINITE', 'velocity is NaN') },
  };
  const ticks: Record<string, Tick> = { a: tick(0, 3 * MS), b: tick(1, 6 * MS), c: tick(2, 500 * MS) };

  it('gives each tick the newest reading and drops the ones in between', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const readings$ = hot('-pq-r----', readings) as unknown as ManualDriver['readings$'];
      const ticks$ = hot('---a--b--', ticks);
      const seen$ = ticks$.pipe(
        withLatestReadings([instanceWith(readings$)], 200 * MS),
        map((round) => `${round[0]!.tick.index}:${round[0]!.reading.sequence}`),
      );
      expectObservable(seen$).toBe('---x--y--', { x: '0:2', y: '1:3' });
    });
  });

  it('says a reading is stale when it is older than the age limit, and fresh again with the next one', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const readings$ = hot('p----------r-', {
        p: readings['p']!,
        r: event(pendulumReading(9, 600 * MS)),
      }) as unknown as ManualDriver['readings$'];
      const ticks$ = hot('--a----c----d', { ...ticks, d: tick(3, 601 * MS) });
      const seen$ = ticks$.pipe(
        withLatestReadings([instanceWith(readings$)], 200 * MS),
        map((round) => round[0]!.stale),
      );
      expectObservable(seen$).toBe('--f----t----f', { f: false, t: true });
    });
  });

  it('unsubscribes from ticks and from every body at once', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const left$ = hot('-p-q-r---', readings);
      const right$ = hot('--p-q-r--', readings);
      const ticks$ = hot('---a--b--', ticks);
      const instances = [instanceWith(left$), instanceWith(right$)];
      const seen$ = ticks$.pipe(
        withLatestReadings(instances, 200 * MS),
        map((round) => round.map((look) => look.reading.sequence).join()),
      );
      expectObservable(seen$, '^---!').toBe('---x', { x: '2,1' });
      expectSubscriptions(left$.subscriptions).toBe('^---!');
      expectSubscriptions(right$.subscriptions).toBe('^---!');
      expectSubscriptions(ticks$.subscriptions).toBe('^---!');
    });
  });

  it('ends with the error of a driver that reports a fault', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const readings$ = hot('-p-f', readings) as unknown as ManualDriver['readings$'];
      const ticks$ = hot('--a----b', ticks);
      const inputs$ = ticks$.pipe(
        withLatestReadings([instanceWith(readings$)], 200 * MS),
        map(() => 'inputs'),
        catchError((error: unknown) => of((error as SoftqdError).code)),
      );
      expectObservable(inputs$).toBe('--x(e|)', { x: 'inputs', e: 'E_READING_NON_FINITE' });
      expectSubscriptions(ticks$.subscriptions).toBe('^--!');
    });
  });

  it('ends with the error of a body that is lost, and lets go of the rest', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const readings$ = hot('-p-#', readings, 'lost');
      const ticks$ = hot('--a----b', ticks);
      const seen$ = ticks$.pipe(
        withLatestReadings([instanceWith(readings$ as unknown as ManualDriver['readings$'])], 200 * MS),
        map(() => 'round'),
      );
      expectObservable(seen$).toBe('--x#', { x: 'round' }, 'lost');
      expectSubscriptions(ticks$.subscriptions).toBe('^--!');
    });
  });
});
