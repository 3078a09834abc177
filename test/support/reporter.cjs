'use strict';
const { Spec } = require('mocha').reporters;

/** mocha's spec reporter with a line for each repeated test, and a last line that machines read: `N passed, N failed, N skipped`. */
module.exports = class LastLineReporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.on('retry', (test, error) =>
      process.stdout.write(`    ${test.fullTitle()} is repeated: ${String(error.message).slice(0, 500)}\n`),
    );
  }

  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
};
