import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { truncateLogAfter, logInfo } from '../../../../src/experience/index.ts';
import {
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

const CHILD = fileURLToPath(new URL('../../../support/experience/crashing-writer.ts', import.meta.url));

/** Starts a process that logs without end, kills it after `flushes` reports of a flush; returns the last report. */
async function killWriter(directory: string, flushes: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let flushed = -1;
  let reports = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    flushed = Number(line);
    if (++reports === flushes) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  return flushed;
}

describe('A process that is killed while it writes the log', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());

  it('loses no flushed transition, leaves no gap, and the log continues', async function () {
    this.timeout(60_000);
    for (const flushes of [1, 7, 30]) {
      const directory = join(scratch.path, String(flushes));
      const flushed = await killWriter(directory, flushes);
      const sequences = await sequencesOf(openUndamaged(directory));
      assert.deepEqual(sequences, range(0, sequences.length));
      assert.ok(sequences.length > flushed, `${sequences.length} read, ${flushed} were flushed`);
      await truncateLogAfter(directory, SESSION, flushed);
      const { log } = await openTestLog(directory, { nextSequence: flushed + 1, maxSegmentBytes: 20_000 });
      for (const n of range(flushed + 1, flushed + 50)) log.append(transitionAt(n));
      await log.close();
      const info = await logInfo([directory]);
      assert.deepEqual(info.sessions, [{ uuid: SESSION, first: 0, last: flushed + 49, missing: 0 }]);
      assert.equal(info.truncatedAt, null);
    }
  });
});
