'use strict';
const { Spec } = require('mocha').reporters;

/** mocha's spec reporter with a last line that machines read: `N passed, N failed, N skipped`. */
module.exports = class LastLineReporter extends Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
};
