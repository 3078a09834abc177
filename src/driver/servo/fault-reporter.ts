import type { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ReadingStream } from '../reading-stream.ts';

/** Reports a fault once on readings$, until `clear`. */
export class FaultReporter {
  private readonly logger: Logger;
  private readonly stream: ReadingStream;
  private reported = false;

  constructor(logger: Logger, stream: ReadingStream) {
    this.logger = logger;
    this.stream = stream;
  }

  /** The present fault was reported, or its text is being read. */
  get isReported(): boolean {
    return this.reported;
  }

  /** The fault is over: a reading without a fault arrived, or the robot was armed. */
  clear(): void {
    this.reported = false;
  }

  /** The text of the fault follows with `report`. */
  begin(): void {
    this.reported = true;
  }

  /** `stopped`: the robot was stopped because of it. Emitted in a microtask: readings$ never emits before `apply` has returned. */
  report(error: SoftqdError, stopped: boolean): void {
    this.reported = true;
    this.logger.warning(stopped ? `${error.message}; stopped` : error.message, { code: error.code });
    queueMicrotask(() => this.stream.emitFault(error));
  }
}
