import type { Logger } from '../../base/logger.ts';

const INTERVAL_MS = 10_000;

/** Says the same trouble at once and then at most every ten seconds, with how often it happened meanwhile. */
export class ThrottledLogger {
  private readonly logger: Logger;
  private last = -Infinity;
  private silent = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  error(message: string, values: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - this.last < INTERVAL_MS) {
      this.silent += 1;
      return;
    }
    this.logger.error(message, { ...values, repeated: this.silent });
    this.last = now;
    this.silent = 0;
  }
}
