import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { barrier, type BarrierHandler, type ClosedTick, type LoopState } from '../../src/control/index.ts';
import { nextMacrotask } from '../support/control-loop.ts';

const closed = (nextSequence: number): ClosedTick => ({
  tick: { index: nextSequence, deadlineNs: 0, wakeNs: 0, startNs: 0, skipped: 0 },
  state: { nextSequence, robots: [] },
  steps: [],
});
const ticks = { a: closed(1), b: closed(2), c: closed(3) };
const failOnDrop = (): void => assert.fail('a tick was dropped');
const pass: BarrierHandler = ({ state }) => state;
const through = (handler: BarrierHandler, entered: (tick: ClosedTick) => void = () => undefined) =>
  barrier({ handler, entered, onDropped: failOnDrop });
const scheduler = (): TestScheduler => new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));

describe('barrier', () => {
  it('passes a tick at once when the handler returns a state', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const ticks$ = hot('-a-b-c-', ticks);
      expectObservable(ticks$.pipe(through(pass)), '^---!').toBe('-a-b', ticks);
      expectSubscriptions(ticks$.subscriptions).toBe('^---!');
    });
  });

  it('passes the tick with the state of the handler', () => {
    const state: LoopState = { nextSequence: 7, robots: [] };
    const states: LoopState[] = [];
    const ticks$ = new Subject<ClosedTick>();
    ticks$.pipe(through(() => state)).subscribe((tick) => states.push(tick.state));
    ticks$.next(closed(1));
    assert.deepEqual(states, [state]);
  });

  it('completes when the handler returns null, without passing that tick', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      let remaining = 2;
      const ticks$ = hot('-a-b-c-', ticks);
      const handler: BarrierHandler = ({ state }) => (--remaining > 0 ? state : null);
      expectObservable(ticks$.pipe(through(handler))).toBe('-a-|', ticks);
      expectSubscriptions(ticks$.subscriptions).toBe('^--!');
    });
  });

  it('reports a tick as entered before it calls the handler', () => {
    const order: string[] = [];
    const ticks$ = new Subject<ClosedTick>();
    const handler: BarrierHandler = ({ state }) => {
      order.push('handler');
      return state;
    };
    ticks$.pipe(through(handler, () => order.push('entered'))).subscribe(() => order.push('passed'));
    ticks$.next(closed(1));
    assert.deepEqual(order, ['entered', 'handler', 'passed']);
  });

  it('drops and counts ticks that arrive while the handler is busy, and reports none of them as entered', async () => {
    const ticks$ = new Subject<ClosedTick>();
    const passed: number[] = [];
    const entered: number[] = [];
    let dropped = 0;
    let finish: (state: LoopState) => void = () => undefined;
    const handler = (): Promise<LoopState> => new Promise((resolve) => (finish = resolve));
    ticks$
      .pipe(
        barrier({
          handler,
          entered: ({ state }) => entered.push(state.nextSequence),
          onDropped: () => dropped++,
        }),
      )
      .subscribe(({ state }) => passed.push(state.nextSequence));
    for (const sequence of [1, 2, 3]) ticks$.next(closed(sequence));
    assert.deepEqual([passed, dropped], [[], 2]);
    finish(closed(1).state);
    await nextMacrotask();
    ticks$.next(closed(4));
    finish(closed(4).state);
    await nextMacrotask();
    assert.deepEqual([passed, entered, dropped], [[1, 4], [1, 4], 2]);
  });

  it('errors at once with the error of the handler', () => {
    const ticks$ = new Subject<ClosedTick>();
    const errors: unknown[] = [];
    const handler = (): LoopState => {
      throw new RangeError('guard');
    };
    ticks$.pipe(through(handler)).subscribe({ error: (error: unknown) => errors.push(error) });
    ticks$.next(closed(1));
    assert.match(String(errors[0]), /guard/);
  });

  it('errors with the rejection of the handler', async () => {
    const ticks$ = new Subject<ClosedTick>();
    const errors: unknown[] = [];
    ticks$
      .pipe(through(() => Promise.reject(new RangeError('disk'))))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    ticks$.next(closed(1));
    await nextMacrotask();
    assert.match(String(errors[0]), /disk/);
  });

  it('does not emit after unsubscription', async () => {
    let finish: (state: LoopState) => void = () => undefined;
    const late: unknown[] = [];
    const ticks$ = new Subject<ClosedTick>();
    const handler = (): Promise<LoopState> => new Promise((resolve) => (finish = resolve));
    const subscription = ticks$.pipe(through(handler)).subscribe((tick) => late.push(tick));
    ticks$.next(closed(1));
    subscription.unsubscribe();
    finish(closed(1).state);
    await nextMacrotask();
    assert.deepEqual(late, []);
  });
});
