import assert from 'node:assert/strict';
import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { commitSteps, type TickStep } from '../../src/control/index.ts';

const round = (name: string): readonly TickStep[] => [{ name } as unknown as TickStep];
/** No round may be dropped here. */
const never = (): void => {
  throw new Error('a round was dropped');
};
const tickOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('settle', () => {
  it('passes a round in the same instant when the settler needs no time', () => {
    new TestScheduler((actual, expected) => assert.deepEqual(actual, expected)).run(
      ({ hot, expectObservable, expectSubscriptions }) => {
        const rounds$ = hot('-a-b-c-', { a: round('a'), b: round('b'), c: round('c') });
        const passed$ = rounds$.pipe(commitSteps(() => true, never));
        expectObservable(passed$, '^---!').toBe('-a-b', { a: round('a'), b: round('b') });
        expectSubscriptions(rounds$.subscriptions).toBe('^---!');
      },
    );
  });

  it('completes when the settler says the run is over, without letting that round through', () => {
    new TestScheduler((actual, expected) => assert.deepEqual(actual, expected)).run(
      ({ hot, expectObservable, expectSubscriptions }) => {
        let left = 2;
        const rounds$ = hot('-a-b-c-', { a: round('a'), b: round('b'), c: round('c') });
        expectObservable(rounds$.pipe(commitSteps(() => --left > 0, never))).toBe('-a-|', { a: round('a') });
        expectSubscriptions(rounds$.subscriptions).toBe('^--!');
      },
    );
  });

  it('drops and counts rounds that come while it is busy', async () => {
    const rounds$ = new Subject<readonly TickStep[]>();
    const passed: string[] = [];
    let dropped = 0;
    let finish: (goOn: boolean) => void = () => undefined;
    rounds$
      .pipe(
        commitSteps(
          () => new Promise<boolean>((resolve) => (finish = resolve)),
          () => dropped++,
        ),
      )
      .subscribe(([look]) => passed.push((look as unknown as { name: string }).name));
    rounds$.next(round('a'));
    rounds$.next(round('b'));
    rounds$.next(round('c'));
    assert.deepEqual([passed, dropped], [[], 2]);
    finish(true);
    await tickOver();
    rounds$.next(round('d'));
    finish(true);
    await tickOver();
    assert.deepEqual([passed, dropped], [['a', 'd'], 2]);
  });

  it('turns what the settler throws into the error of the line, at once', () => {
    const rounds$ = new Subject<readonly TickStep[]>();
    const errors: unknown[] = [];
    const faulted = (): boolean => {
      throw new RangeError('guard');
    };
    rounds$.pipe(commitSteps(faulted, never)).subscribe({ error: (error: unknown) => errors.push(error) });
    rounds$.next(round('a'));
    assert.match(String(errors[0]), /guard/);
  });

  it('turns a rejection into the error of the line, and stays silent after unsubscription', async () => {
    const rounds$ = new Subject<readonly TickStep[]>();
    const errors: unknown[] = [];
    rounds$
      .pipe(commitSteps(() => Promise.reject(new RangeError('disk')), never))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    rounds$.next(round('a'));
    await tickOver();
    assert.match(String(errors[0]), /disk/);

    let finish: (goOn: boolean) => void = () => undefined;
    const late: unknown[] = [];
    const subscription = new Subject<readonly TickStep[]>();
    const unsubscribed = subscription
      .pipe(commitSteps(() => new Promise<boolean>((resolve) => (finish = resolve)), never))
      .subscribe((passed) => late.push(passed));
    subscription.next(round('a'));
    unsubscribed.unsubscribe();
    finish(true);
    await tickOver();
    assert.deepEqual(late, []);
  });
});
