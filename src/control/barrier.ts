import { Observable, type OperatorFunction } from 'rxjs';
import type { ClosedTick } from './close-step.ts';
import type { LoopState } from './loop-state.ts';

/** The state with which the loop continues (with new episodes where some ended), or null: the loop ends. A thrown error is the error of the loop. */
export type BarrierHandler = (tick: ClosedTick) => LoopState | null | Promise<LoopState | null>;

export interface BarrierOptions {
  /** Called with each tick that enters; it is awaited before the next action. */
  readonly handler: BarrierHandler;
  /** Receives each tick before the handler is called: log and learner have a transition before anything waits for them. */
  readonly entered: (tick: ClosedTick) => void;
  /** Called for each tick that arrives while the handler is busy; it is dropped. */
  readonly onDropped: () => void;
}

/** The only asynchronous operator of the loop: what must be finished between the end of a step and the next action. */
export function barrier({ handler, entered, onDropped }: BarrierOptions): OperatorFunction<ClosedTick, ClosedTick> {
  return (ticks$) =>
    new Observable((subscriber) => {
      let busy = false;
      const pass = (tick: ClosedTick, state: LoopState | null): void => {
        busy = false;
        if (state === null) subscriber.complete();
        else subscriber.next({ ...tick, state });
      };
      const enter = (tick: ClosedTick): void => {
        entered(tick);
        const outcome = handler(tick);
        if (!(outcome instanceof Promise)) {
          pass(tick, outcome);
          return;
        }
        busy = true;
        outcome.then(
          (state) => pass(tick, state),
          (error: unknown) => subscriber.error(error),
        );
      };
      return ticks$.subscribe({
        next: (tick) => {
          if (busy) {
            onDropped();
            return;
          }
          try {
            enter(tick);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
