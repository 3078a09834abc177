import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { McapIndexedReader } from '@mcap/core';
import { truncateLogAfter, logInfo, openExperience, readLog, recoverLog } from '../../../../src/experience/index.ts';
import {
  openTestLog,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

/** Ends of the transitions' records in a file of plain records: op u8, length u64, body; messages of channel 1. */
function transitionEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 8; at + 9 <= bytes.length;) {
    const end = at + 9 + Number(bytes.readBigUInt64LE(at + 1));
    if (end > bytes.length) break;
    if (bytes[at] === 5 && bytes.readUInt16LE(at + 9) === 1) ends.push(end);
    at = end;
  }
  return ends;
}

/** A small live segment as a crash leaves it: five transitions and an event, not closed. */
async function liveBytes(directory: string): Promise<Buffer> {
  const { log } = await openTestLog(directory);
  for (const n of range(0, 3)) log.append(transitionAt(n));
  log.event({ monotonicTimeNs: 1, level: 'info', code: 'note', message: 'half way' });
  for (const n of range(3, 5)) log.append(transitionAt(n));
  await log.flush();
  const bytes = readFileSync(join(directory, '00000.mcap'));
  await log.close();
  return bytes;
}

describe('A log that was cut', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());
  let whole: Buffer;
  let ends: number[];
  let cutDirectory: string;
  let cutFile: string;

  before(async () => {
    whole = await liveBytes(join(scratch.path, 'whole'));
    ends = transitionEnds(whole);
    assert.equal(ends.length, 5);
    cutDirectory = join(scratch.path, 'cut');
    cutFile = join(cutDirectory, '00000.mcap');
    mkdirSync(cutDirectory);
  });

  it('at any byte gives exactly the whole records before the cut and says where they end', async function () {
    this.timeout(120_000);
    let last = 0;
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(cutFile, whole.subarray(0, length));
      const expected = ends.filter((end) => end <= length).length;
      assert.deepEqual(await sequencesOf(openExperience(cutDirectory)), range(0, expected), `cut at ${length}`);
      const info = await logInfo([cutFile]);
      const { truncatedAt } = info;
      assert.ok(
        truncatedAt !== null && truncatedAt <= length && truncatedAt >= last,
        `${length}: ${String(truncatedAt)}`,
      );
      assert.equal(info.transitions, expected);
      if (ends.includes(length)) assert.equal(truncatedAt, length);
      last = truncatedAt;
    }
    assert.equal(last, whole.length);
  });

  it('around any record is recovered into a closed file that another reader opens, and stays as it is', async () => {
    for (const length of [0, 5, 60, ...ends.flatMap((end) => [end - 1, end, end + 1])]) {
      const cut = whole.subarray(0, Math.min(length, whole.length));
      writeFileSync(cutFile, cut);
      const out = join(scratch.path, `recovered-${length}.mcap`);
      const recovered = await recoverLog(cutFile, out);
      assert.deepEqual(readFileSync(cutFile), cut);
      assert.equal((await logInfo([out])).truncatedAt, null);
      const bytes = readFileSync(out);
      const reader = await McapIndexedReader.Initialize({
        readable: {
          size: () => Promise.resolve(BigInt(bytes.length)),
          read: (offset, size) =>
            Promise.resolve(new Uint8Array(bytes.subarray(Number(offset), Number(offset + size)))),
        },
      });
      assert.equal(reader.statistics?.messageCount, BigInt(recovered.records));
      const kinds: string[] = [];
      for await (const message of readLog(out)) kinds.push(message.kind);
      assert.equal(kinds.filter((kind) => kind === 'transition').length, ends.filter((end) => end <= length).length);
    }
  });

  it('or that ends in zeros, as a power cut may leave it, ends at the last whole record', async () => {
    writeFileSync(cutFile, Buffer.concat([whole.subarray(0, ends[2]), Buffer.alloc(4096)]));
    assert.deepEqual(await sequencesOf(openExperience(cutDirectory)), [0, 1, 2]);
    const info = await logInfo([cutFile]);
    assert.equal(info.truncatedAt, ends[2]);
    assert.match(info.truncated[0]!.reason!, /opcode 0/);
  });

  it('goes on where truncated when it is opened again', async () => {
    writeFileSync(cutFile, whole.subarray(0, ends[3]! + 17));
    const { log } = await openTestLog(cutDirectory, { nextSequence: 4 });
    log.append(transitionAt(4));
    await log.close();
    assert.deepEqual(await sequencesOf(openExperience(cutDirectory)), range(0, 5));
    assert.equal((await logInfo([cutDirectory])).truncatedAt, null);
  });

  it('once compacted is whole chunk by chunk', async () => {
    const directory = join(scratch.path, 'compacted');
    const { log } = await openTestLog(directory);
    for (const n of range(0, 20)) log.append(transitionAt(n));
    await log.close();
    const file = join(directory, '00000.mcap');
    const bytes = readFileSync(file);
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(file, bytes.subarray(0, length));
      const info = await logInfo([file]);
      assert.ok(info.transitions === 0 || info.transitions === 20);
      assert.ok(info.truncatedAt !== null);
    }
  });

  it('with a flipped byte inside a chunk gives nothing of that chunk', async () => {
    const directory = join(scratch.path, 'flipped');
    const { log } = await openTestLog(directory);
    for (const n of range(0, 20)) log.append(transitionAt(n));
    await log.close();
    const file = join(directory, '00000.mcap');
    const bytes = readFileSync(file);
    bytes[200]! ^= 1;
    writeFileSync(file, bytes);
    const info = await logInfo([file]);
    assert.equal(info.transitions, 0);
    assert.match(info.truncated[0]!.reason!, /chunk/);
    await assert.rejects(truncateLogAfter(directory, SESSION, 3), { code: 'E_LOG_FILE' });
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('or whose transition was overwritten is E_LOG_FILE with its place, and is still recovered', async () => {
    const spoilt = Buffer.from(whole);
    // The first bytes of the second transition's payload.
    spoilt.fill(0xff, ends[0]! + 31, ends[0]! + 41);
    writeFileSync(cutFile, spoilt);
    await assert.rejects(logInfo([cutFile]), {
      code: 'E_LOG_FILE',
      values: { topic: '/softqd/transition', offset: ends[0] },
    });
    await assert.rejects(sequencesOf(openExperience(cutDirectory)), { code: 'E_LOG_FILE' });
    assert.equal((await recoverLog(cutFile, join(scratch.path, 'spoilt.mcap'))).records, 6);
  });

  it('before the last file is an error for whoever learns from it: nothing is left out silently', async () => {
    const directory = join(scratch.path, 'middle');
    const { log } = await openTestLog(directory, { maxSegmentBytes: 4000 });
    for (const n of range(0, 30)) log.append(transitionAt(n));
    await log.close();
    const file = join(directory, '00000.mcap');
    writeFileSync(file, readFileSync(file).subarray(0, 500));
    await assert.rejects(sequencesOf(openExperience(directory)), { code: 'E_LOG_FILE' });
  });
});
