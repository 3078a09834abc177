import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BitFlips, sampleLog } from '../../../support/experience/bit-flips.ts';
import { range, scratchDirectory } from '../../../support/experience/transitions.ts';

const PLACES = 2000;
/** One of so many files is recovered, too. */
const RECOVERED_EACH = 4;

describe('A log with one bit flipped at each of 2,000 places', function () {
  this.timeout(1_200_000);
  const scratch = scratchDirectory();
  after(() => scratch.remove());

  for (const state of ['open', 'closed'] as const) {
    it(`contains no wrong value and is recovered without the corrupt parts when it is ${state}`, async () => {
      const flips = await BitFlips.of(scratch.path, await sampleLog(join(scratch.path, state), state), 7);
      for (const i of range(0, PLACES)) {
        const { lost } = await flips.flip(i, PLACES);
        const span = lost.length === 0 ? 0 : lost.at(-1)! - lost[0]! + 1;
        assert.ok(span <= (state === 'open' ? 1 : 60), `${i}: lost ${lost.join()}`);
        if (i % RECOVERED_EACH === 0) await flips.recover(lost);
      }
    });
  }
});
