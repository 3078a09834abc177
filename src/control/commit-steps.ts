import { Observable, type OperatorFunction } from 'rxjs';
import type { TickStep } from './close-steps.ts';

/**
 * What must happen between the end of a step and the next action: log and learner get the transition, an ended episode
 * begins again, in lock-step everyone waits. Returns at once (real time) or a promise; `false` ends the line, what it throws is its error.
 */
export type CommitHandler = (inputs: readonly TickStep[]) => boolean | Promise<boolean>;

/** Runs the settler; ticks that arrive while it is busy are dropped and counted. */
export function commitSteps(
  commit: CommitHandler,
  onDropped: () => void,
): OperatorFunction<readonly TickStep[], readonly TickStep[]> {
  return (rounds$) =>
    new Observable((subscriber) => {
      let busy = false;
      let closed = false;
      const pass = (inputs: readonly TickStep[], goOn: boolean): void => {
        if (closed) return;
        if (goOn) subscriber.next(inputs);
        else subscriber.complete();
      };
      const subscription = rounds$.subscribe({
        next: (inputs) => {
          if (busy) {
            onDropped();
            return;
          }
          let outcome: boolean | Promise<boolean>;
          try {
            outcome = commit(inputs);
          } catch (error) {
            subscriber.error(error);
            return;
          }
          if (typeof outcome === 'boolean') {
            pass(inputs, outcome);
            return;
          }
          busy = true;
          outcome.then(
            (goOn) => {
              busy = false;
              pass(inputs, goOn);
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
