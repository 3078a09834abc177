import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BitFlips, sampleLog } from '../../../support/experience/bit-flips.ts';
import { range, scratchDirectory } from '../../../support/experience/transitions.ts';

const PLACES = 300;
const CLOSED_PLACES = 150;

describe('A log with one flipped bit', function () {
  this.timeout(120_000);
  const scratch = scratchDirectory();
  after(() => scratch.remove());

  it('keeps all messages except the corrupt one when it is open', async () => {
    const flips = await BitFlips.of(scratch.path, await sampleLog(join(scratch.path, 'open'), 'open'), 1);
    for (const i of range(0, PLACES)) {
      const { lost, damage } = await flips.flip(i, PLACES);
      assert.ok(lost.length <= 1, `${i}: lost ${lost.join()}`);
      // The last record with a wrong length looks like an incomplete one.
      if (lost.length === 1 && i < PLACES - 5) assert.equal(damage.length, 1, `${i}`);
      if (i % 10 === 0) await flips.recover(lost);
    }
  });

  it('keeps all messages outside the corrupt chunk when it is closed', async () => {
    const flips = await BitFlips.of(scratch.path, await sampleLog(join(scratch.path, 'closed'), 'closed'), 2);
    let chunksLost = 0;
    for (const i of range(0, CLOSED_PLACES)) {
      const { lost, damage } = await flips.flip(i, CLOSED_PLACES);
      if (lost.length === 0) continue;
      chunksLost += 1;
      // A chunk has fewer messages.
      assert.ok(lost.at(-1)! - lost[0]! < 60, `${i}: lost ${lost.join()}`);
      assert.deepEqual(
        damage.map(({ kind }) => kind),
        ['chunk'],
      );
      if (i % 20 === 0) await flips.recover(lost);
    }
    assert.ok(chunksLost > CLOSED_PLACES / 2);
  });
});
