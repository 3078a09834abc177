import type { Logger } from '../../base/logger.ts';

const INTERVAL_MS = 10_000;

/** Logs a repeated error at once and then at most every ten seconds, with the number of repetitions. */
export class ThrottledLogger {
  private readonly logger: Logger;
  private last = -Infinity;
  private repeated = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  error(message: string, values: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - this.last < INTERVAL_MS) {
      this.repeated += 1;
      return;
    }
    this.logger.error(message, { ...values, repeated: this.repeated });
    this.last = now;
    this.repeated = 0;
  }
}
