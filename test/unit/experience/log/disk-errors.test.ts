import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logInfo, recoverLog } from '../../../../src/experience/index.ts';
import { DiskSegmentFiles, type SegmentFile, type SegmentFiles } from '../../../../src/experience/log/segment-file.ts';
import {
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

/** The disk with the given free space; a write that does not fit writes the part that fits and fails like a full disk. */
class SmallDisk implements SegmentFiles {
  room: number;
  failedWrites = 0;
  private readonly disk = new DiskSegmentFiles();
  private highest = 0;

  constructor(room: number) {
    this.room = room;
  }

  async open(path: string, mode: 'create' | 'continue'): Promise<SegmentFile> {
    const file = await this.disk.open(path, mode);
    return {
      write: async (bytes, position) => {
        const fits = Math.max(0, Math.min(bytes.length, this.room - position));
        await file.write(bytes.subarray(0, fits), position);
        this.highest = Math.max(this.highest, position + fits);
        if (fits === bytes.length) return;
        this.failedWrites += 1;
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('A log on a failing disk', () => {
  const scratch = scratchDirectory();
  let counter = 0;
  let directory: string;
  beforeEach(() => {
    directory = join(scratch.path, String(counter++));
  });
  after(() => scratch.remove());

  it('rejects a directory that is not writable: E_DATA_DIRECTORY', async () => {
    const file = join(scratch.path, 'a-file');
    writeFileSync(file, '');
    await assert.rejects(openTestLog(join(file, 'log')), { code: 'E_DATA_DIRECTORY' });
    await assert.rejects(openTestLog(file), { code: 'E_DATA_DIRECTORY' });
    await assert.rejects(openTestLog('/proc/softqd-log'), { code: 'E_DATA_DIRECTORY' });
    const refusing: SegmentFiles = {
      open: () => Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })),
    };
    await assert.rejects(openTestLog(directory, { files: refusing }), { code: 'E_DATA_DIRECTORY' });
  });

  it('rejects a disk that is full at the start: E_DISK', async () => {
    await assert.rejects(openTestLog(directory, { files: new SmallDisk(100) }), { code: 'E_DISK' });
  });

  it('ends the lock-step run with E_DISK, keeps complete records, and counts the error', async () => {
    const { log, telemetry, logger } = await openTestLog(directory, {
      files: new SmallDisk(9000),
      maxQueuedBytes: 500,
    });
    await assert.rejects(
      async () => {
        for (const n of range(0, 200)) {
          log.append(transitionAt(n));
          await log.ready();
        }
      },
      { code: 'E_DISK', values: { path: directory, cause: 'ENOSPC' } },
    );
    await assert.rejects(log.flush(), { code: 'E_DISK' });
    await assert.rejects(log.close(), { code: 'E_DISK' });
    assert.ok(telemetry.counters.get('log.writeErrors')! >= 1);
    assert.match(logger.entries[0]!.message, /^E_DISK: .*no space left on the disk/);
    const sequences = await sequencesOf(openUndamaged(directory));
    assert.ok(sequences.length > 5);
    assert.deepEqual(sequences, range(0, sequences.length));
  });

  it('continues in real time, counts the errors, and writes the queue when the disk has space again', async function () {
    this.timeout(10_000);
    const disk = new SmallDisk(5000);
    const { log, telemetry, logger } = await openTestLog(directory, { files: disk, mode: 'real-time' });
    for (const n of range(0, 40)) log.append(transitionAt(n));
    await until(() => disk.failedWrites > 0);
    await assert.rejects(log.flush(), { code: 'E_DISK' });
    for (const n of range(40, 60)) log.append(transitionAt(n));
    disk.room = Infinity;
    await until(() => telemetry.gauges.get('log.queuedBytes') === 0);
    await log.close();
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), range(0, 60));
    assert.equal((await logInfo([directory])).truncatedAt, null);
    assert.ok(telemetry.counters.get('log.writeErrors')! >= 2);
    assert.equal(logger.entries.filter(({ level }) => level === 'error').length, 1);
  });

  it('is closed with E_DISK in real time on a disk that stays full, and is readable up to the last complete record', async () => {
    const { log } = await openTestLog(directory, { files: new SmallDisk(6000), mode: 'real-time' });
    for (const n of range(0, 60)) log.append(transitionAt(n));
    await assert.rejects(log.close(), { code: 'E_DISK' });
    const sequences = await sequencesOf(openUndamaged(directory));
    assert.ok(sequences.length > 0 && sequences.length < 60);
    assert.deepEqual(sequences, range(0, sequences.length));
  });

  it('keeps a closed segment when compaction fails, and reports it', async () => {
    const { log, telemetry, logger } = await openTestLog(directory);
    log.append(transitionAt(0));
    await log.flush();
    rmSync(join(directory, '00000.mcap'));
    await log.close();
    assert.equal(telemetry.counters.get('log.compactionErrors'), 1);
    assert.match(logger.entries.at(-1)!.message, /cannot compact/);
  });

  it('is rejected with E_LOG_FILE when it does not exist', async () => {
    await assert.rejects(logInfo([join(directory, 'missing.mcap')]), { code: 'E_LOG_FILE' });
    await assert.rejects(logInfo([scratch.path]), { code: 'E_LOG_FILE' });
    await assert.rejects(recoverLog(scratch.path, join(directory, 'out.mcap')), { code: 'E_LOG_FILE' });
  });
});
