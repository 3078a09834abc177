import type { Suite } from 'mocha';

/**
 * For a `describe` of tests on virtual hardware in real time. A machine that pauses them for a tenth of a second stops their robots, as it
 * should: a failed test is repeated once, and the reporter says so with the error.
 */
export function realTimeTests(suite: Suite, timeoutMs: number): void {
  suite.timeout(timeoutMs);
  suite.retries(1);
}
