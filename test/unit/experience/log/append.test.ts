import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { logInfo } from '../../../../src/experience/index.ts';
import {
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

describe('Appending to a transition log', () => {
  const scratch = scratchDirectory();
  let counter = 0;
  let directory: string;
  beforeEach(() => {
    directory = join(scratch.path, String(counter++));
  });
  after(() => scratch.remove());

  it('rejects a transition after a gap and one that was already written', async () => {
    const { log } = await openTestLog(directory);
    for (const n of range(0, 10)) log.append(transitionAt(n));
    await log.close();
    await assert.rejects(openTestLog(directory, { nextSequence: 9 }), { code: 'E_LOG_FILE' });
    await assert.rejects(openTestLog(directory, { nextSequence: 11 }), { code: 'E_LOG_FILE' });
    const real = await openTestLog(directory, { nextSequence: 12, mode: 'real-time' });
    real.log.append(transitionAt(12));
    await real.log.close();
    assert.deepEqual((await logInfo([directory])).sessions, [{ uuid: SESSION, first: 0, last: 12, missing: 2 }]);
  });

  it('skips a transition that was appended before, and counts it', async () => {
    const { log, telemetry } = await openTestLog(directory);
    for (const n of [0, 1, 1, 0, 2]) log.append(transitionAt(n));
    await log.close();
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), [0, 1, 2]);
    assert.equal(telemetry.counters.get('log.unordered'), 2);
  });

  it('makes lock-step wait above its bound, and loses no transition', async () => {
    const { log, telemetry } = await openTestLog(directory, { maxQueuedBytes: 4000 });
    let waits = 0;
    for (const n of range(0, 500)) {
      log.append(transitionAt(n));
      const wait = log.ready();
      if (wait !== null) {
        waits += 1;
        await wait;
      }
    }
    await log.close();
    assert.ok(waits > 5 && waits < 250, `${waits} waits`);
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), range(0, 500));
    assert.equal(telemetry.counters.get('log.overflow'), undefined);
  });

  it('does not wait in real time: an overflow is counted, reported once, and listed as missing', async () => {
    const { log, telemetry, logger } = await openTestLog(directory, { mode: 'real-time', maxQueuedBytes: 4000 });
    for (const n of range(0, 200)) {
      log.append(transitionAt(n));
      assert.equal(log.ready(), null);
    }
    await log.flush();
    log.append(transitionAt(200));
    await log.close();
    const lost = telemetry.counters.get('log.overflow')!;
    assert.ok(lost > 100, `${lost} lost`);
    assert.equal((await logInfo([directory])).sessions[0]!.missing, lost);
    assert.equal(logger.entries.filter(({ message }) => message.startsWith('E_LOG_OVERFLOW')).length, 1);
  });

  it('writes many records with one write', async () => {
    const { DiskSegmentFiles } = await import('../../../../src/experience/log/segment-file.ts');
    let writes = 0;
    const disk = new DiskSegmentFiles();
    const { log } = await openTestLog(directory, {
      files: {
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          return {
            write: (bytes, position) => {
              writes += 1;
              return file.write(bytes, position);
            },
            sync: () => file.sync(),
            close: () => file.close(),
          };
        },
      },
    });
    writes = 0;
    for (const n of range(0, 1000)) log.append(transitionAt(n));
    await log.flush();
    assert.equal(writes, 1);
    await log.close();
  });

  it('drops and counts transitions after close, and can be closed again', async () => {
    const { log, telemetry } = await openTestLog(directory);
    await log.close();
    log.append(transitionAt(0));
    await log.close();
    assert.equal(telemetry.counters.get('log.overflow'), 1);
    assert.equal((await logInfo([directory])).records, 0);
    assert.deepEqual(readdirSync(directory), ['00000.mcap']);
  });
});
