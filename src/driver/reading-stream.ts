import { Observable, Subject } from 'rxjs';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';

/**
 * The readings$ of a body. Two kinds of error leave it:
 *
 * - a bad reading (`fault`: E_READING_*, or a command the robot refused) errors what is subscribed now; the robot is still there,
 *   and who subscribes again (RxJS `retry`, or `catchError` that returns the source) gets the readings that follow;
 * - the loss of the robot (`lose`) errors what is subscribed now and everything that ever subscribes again, with the same error.
 */
export class ReadingStream {
  readonly readings$: Observable<Reading>;
  private subject = new Subject<Reading>();
  private ended = false;
  private loss: SoftqdError | null = null;

  constructor() {
    this.readings$ = new Observable((subscriber) => this.subject.subscribe(subscriber));
  }

  /** Why the robot is gone, or null. */
  get failure(): SoftqdError | null {
    return this.loss;
  }

  get closed(): boolean {
    return this.ended;
  }

  push(reading: Reading): void {
    this.subject.next(reading);
  }

  emitError(thrown: unknown): void {
    if (this.ended) return;
    const faulted = this.subject;
    // Before the error goes out, so that who subscribes again inside it hears the next reading.
    this.subject = new Subject<Reading>();
    faulted.error(toSoftqdError(thrown));
  }

  fail(error: SoftqdError): void {
    if (this.ended) return;
    this.ended = true;
    this.loss = error;
    this.subject.error(error);
  }

  complete(): void {
    if (this.ended) return;
    this.ended = true;
    this.subject.complete();
  }
}
