import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { truncateLogAfter, logInfo, type TransitionLog } from '../../../../src/experience/index.ts';
import { firstSequence } from '../../../../src/experience/log/segment-search.ts';
import {
  directoryBytes,
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

const SEGMENT_BYTES = 6000;

/** What a run logs: a transition, and after some of them what belongs to them. */
function logSteps(log: TransitionLog, from: number, to: number): void {
  for (const n of range(from, to)) {
    log.append(transitionAt(n));
    const monotonicTimeNs = n * 20_000_000;
    if (n % 10 === 9)
      log.event({ monotonicTimeNs, level: 'info', code: 'episode', message: `episode ${n / 10} ended` });
    if (n % 7 === 0) log.metrics({ monotonicTimeNs, metrics: { alpha: n / 100 } });
  }
}

describe('Truncating a log to a cursor', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());
  let expected: Map<string, string>;
  const segmentStarts: number[] = [];

  before(async () => {
    const directory = join(scratch.path, 'unbroken');
    const { log } = await openTestLog(directory, { maxSegmentBytes: SEGMENT_BYTES });
    log.event({ monotonicTimeNs: 0, level: 'info', code: 'started', message: 'a run' });
    logSteps(log, 0, 100);
    await log.close();
    expected = directoryBytes(directory);
    for (const name of expected.keys()) segmentStarts.push((await firstSequence(join(directory, name), SESSION))!);
  });

  /** A run that stops after 60 steps in the given way, is truncated to `cursor` and resumes to 100. */
  async function broken(name: string, cursor: number, stop: 'close' | 'crash'): Promise<Map<string, string>> {
    const directory = join(scratch.path, name);
    const first = await openTestLog(directory, { maxSegmentBytes: SEGMENT_BYTES });
    first.log.event({ monotonicTimeNs: 0, level: 'info', code: 'started', message: 'a run' });
    logSteps(first.log, 0, 60);
    if (stop === 'close') await first.log.close();
    else await crash(first.log, directory);
    await truncateLogAfter(directory, SESSION, cursor);
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), range(0, cursor + 1));
    const second = await openTestLog(directory, { maxSegmentBytes: SEGMENT_BYTES, nextSequence: cursor + 1 });
    logSteps(second.log, cursor + 1, 100);
    await second.log.close();
    return directoryBytes(directory);
  }

  it('writes the same bytes as an uninterrupted run after truncation at any step', async function () {
    this.timeout(120_000);
    const boundaries = segmentStarts.filter((first) => first > 1 && first < 60);
    assert.ok(boundaries.length >= 2);
    for (const cursor of new Set([0, 59, ...boundaries.flatMap((first) => [first - 2, first - 1, first])])) {
      const stop = cursor % 2 === 0 ? 'crash' : 'close';
      assert.deepEqual(await broken(`${stop}-${cursor}`, cursor, stop), expected, `${stop}, cursor ${cursor}`);
    }
  });

  it('to -1 keeps the records before the first transition', async () => {
    assert.deepEqual(await broken('from-start', -1, 'crash'), expected);
  });

  it('can be repeated, and can be interrupted between its steps', async () => {
    const directory = join(scratch.path, 'repeated');
    const { log } = await openTestLog(directory, { maxSegmentBytes: SEGMENT_BYTES });
    logSteps(log, 0, 60);
    await log.close();
    // As after an interrupted truncation: the last file is deleted, next to it is an incomplete one.
    const last = readdirSync(directory).sort().at(-1)!;
    rmSync(join(directory, last));
    writeFileSync(join(directory, '00000.mcap.tmp'), 'half');
    await truncateLogAfter(directory, SESSION, 20);
    const once = directoryBytes(directory);
    await truncateLogAfter(directory, SESSION, 20);
    assert.deepEqual(directoryBytes(directory), once);
    assert.equal((await logInfo([directory])).sessions[0]!.last, 20);
    assert.ok(![...once.keys()].some((name) => name.endsWith('.tmp')));
  });

  it('rejects a cursor after the end of the log, and truncates nothing', async () => {
    const directory = join(scratch.path, 'short');
    const { log } = await openTestLog(directory);
    logSteps(log, 0, 30);
    await log.close();
    const whole = directoryBytes(directory);
    await assert.rejects(truncateLogAfter(directory, SESSION, 30), {
      code: 'E_LOG_FILE',
      values: { directory, sequence: 30, last: 29 },
    });
    await assert.rejects(truncateLogAfter(join(scratch.path, 'nothing'), SESSION, 0), { code: 'E_LOG_FILE' });
    assert.deepEqual(directoryBytes(directory), whole);
  });

  it('ignores transitions of another session', async () => {
    const directory = join(scratch.path, 'two');
    const { log } = await openTestLog(directory);
    logSteps(log, 0, 10);
    await log.close();
    const other = '99999999-89ab-8def-8123-456789abcdef';
    const second = await openTestLog(directory, { sessionUuid: other });
    for (const n of range(0, 5)) second.log.append(transitionAt(n, other));
    await second.log.close();
    await assert.rejects(truncateLogAfter(directory, SESSION, 5), { code: 'E_LOG_FILE' });
    assert.deepEqual(await sequencesOf(openUndamaged(directory), -1, other), range(0, 5));
    await truncateLogAfter(directory, other, 2);
    assert.deepEqual(await sequencesOf(openUndamaged(directory)), range(0, 10));
    assert.deepEqual(await sequencesOf(openUndamaged(directory), -1, other), range(0, 3));
  });

  it('keeps events up to the next transition, and drops records after it', async () => {
    const directory = join(scratch.path, 'events');
    const { log } = await openTestLog(directory);
    const note = (code: string): void => log.event({ monotonicTimeNs: 0, level: 'info', code, message: '' });
    log.append(transitionAt(0));
    note('after 0');
    log.append(transitionAt(1));
    note('after 1');
    await log.close();
    await truncateLogAfter(directory, SESSION, 0);
    const text = readFileSync(join(directory, '00000.mcap'), 'latin1');
    assert.ok(text.includes('after 0') && !text.includes('after 1'));
  });
});

/** Leaves a log as after a crash: complete records, no end of the last segment, and partial bytes after it. */
async function crash(log: TransitionLog, directory: string): Promise<void> {
  await log.flush();
  const live = readdirSync(directory).sort().at(-1)!;
  const bytes = readFileSync(join(directory, live));
  await log.close();
  // A crashed process no longer compacts: restore the earlier bytes of the live file.
  writeFileSync(join(directory, live), bytes);
  appendFileSync(join(directory, live), Uint8Array.of(5, 200, 0, 0, 0, 0, 0, 0, 0, 1, 0, 77));
}
