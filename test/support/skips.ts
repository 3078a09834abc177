const required = process.env['SOFTQD_REQUIRE'] === 'all';
const skipped: string[] = [];

/** The part of mocha's context that a skip needs. */
interface Skippable {
  skip(): never;
}

/**
 * Skips the running test or suite visibly, with its reason, when a system tool is missing.
 * With SOFTQD_REQUIRE=all a missing tool is a failure.
 */
export function skipUnless(context: Skippable, condition: boolean, reason: string): void {
  if (condition) return;
  if (required) throw new Error(`required by SOFTQD_REQUIRE=all: ${reason}`);
  skipped.push(reason);
  context.skip();
}

/** Root hook: reports at the end which tests were skipped and why. */
export const mochaHooks = {
  afterAll(): void {
    for (const reason of skipped) process.stdout.write(`  skipped: ${reason}\n`);
  },
};
