import { Subject, type Observable } from 'rxjs';
import { toSoftqdError, type SoftqdError } from '../base/errors.ts';
import type { Reading } from '../robot/reading.ts';
import type { DriverEvent } from './driver-event.ts';

/**
 * The source of a driver's `readings$`. It emits readings and faults, errors once when the connection is lost permanently (`fail`) and
 * completes once on close (`complete`). A later subscriber receives the same end. After the end nothing is emitted.
 */
export class ReadingStream {
  readonly readings$: Observable<DriverEvent>;
  private readonly subject = new Subject<DriverEvent>();
  private ended = false;
  private permanentError: SoftqdError | null = null;

  constructor() {
    this.readings$ = this.subject.asObservable();
  }

  /** The error of a permanent loss, or null. */
  get failure(): SoftqdError | null {
    return this.permanentError;
  }

  get closed(): boolean {
    return this.ended;
  }

  push(reading: Reading): void {
    this.subject.next({ kind: 'reading', reading });
  }

  /** The connection stays open; values that are not a SoftqdError become E_INTERNAL. */
  emitFault(thrown: unknown): void {
    this.subject.next({ kind: 'fault', error: toSoftqdError(thrown) });
  }

  fail(error: SoftqdError): void {
    if (this.ended) return;
    this.ended = true;
    this.permanentError = error;
    this.subject.error(error);
  }

  complete(): void {
    if (this.ended) return;
    this.ended = true;
    this.subject.complete();
  }
}
