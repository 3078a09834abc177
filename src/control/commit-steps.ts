import { Observable, type OperatorFunction } from 'rxjs';
import type { ClosedLook } from './close-steps.ts';

/**
 * What must happen between the end of a step and the next action: log and learner get the transition, an ended episode
 * begins again, in lock-step everyone waits. Returns at once (real time) or a promise; `false` ends the line, what it throws is its error.
 */
export type Settler = (round: readonly ClosedLook[]) => boolean | Promise<boolean>;

/** Runs the settler; ticks that arrive while it is busy are dropped and counted. */
export function settle(
  settler: Settler,
  onDropped: () => void,
): OperatorFunction<readonly ClosedLook[], readonly ClosedLook[]> {
  return (rounds$) =>
    new Observable((subscriber) => {
      let busy = false;
      let closed = false;
      const pass = (round: readonly ClosedLook[], goOn: boolean): void => {
        if (closed) return;
        if (goOn) subscriber.next(round);
        else subscriber.complete();
      };
      const subscription = rounds$.subscribe({
        next: (round) => {
          if (busy) {
            onDropped();
            return;
          }
          let outcome: boolean | Promise<boolean>;
          try {
            outcome = settler(round);
          } catch (error) {
            subscriber.error(error);
            return;
          }
          if (typeof outcome === 'boolean') {
            pass(round, outcome);
            return;
          }
          busy = true;
          outcome.then(
            (goOn) => {
              busy = false;
              pass(round, goOn);
            },
            (error: unknown) => {
              busy = false;
              if (!closed) subscriber.error(error);
            },
          );
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      });
      return () => {
        closed = true;
        subscription.unsubscribe();
      };
    });
}
