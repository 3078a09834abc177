import type { Suite } from 'mocha';
import { MachineStalls } from './machine-stalls.ts';

const MAX_REPEATS = 2;

/**
 * For a `describe` of tests on virtual hardware in real time. A machine that pauses them for a tenth of a second stops their robots, as it
 * should: a failed test is repeated twice at most, when the machine is quiet, and the reporter says so with the error.
 */
export function realTimeTests(suite: Suite, timeoutMs: number): void {
  suite.timeout(timeoutMs);
  suite.retries(MAX_REPEATS);
  suite.beforeEach(async function () {
    if ((this.currentTest as { currentRetry?(): number } | undefined)?.currentRetry?.() ?? 0) {
      this.timeout(120_000);
      await MachineStalls.get().quiet();
    }
  });
}
