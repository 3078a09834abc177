import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { McapIndexedReader } from '@mcap/core';
import {
  damagedPlaceText,
  logInfo,
  openExperience,
  readLog,
  recoverLog,
  type DamagedPlace,
} from '../../../../src/experience/index.ts';
import {
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

/** Ends of the transition records in a file of uncompressed records: op u8, length u64, body; messages of channel 1. */
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

describe('A truncated log', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());
  let complete: Buffer;
  let ends: number[];
  let cutDirectory: string;
  let cutFile: string;

  before(async () => {
    complete = await liveBytes(join(scratch.path, 'complete'));
    ends = transitionEnds(complete);
    assert.equal(ends.length, 5);
    cutDirectory = join(scratch.path, 'cut');
    cutFile = join(cutDirectory, '00000.mcap');
    mkdirSync(cutDirectory);
  });

  it('contains exactly the complete records before any byte, and reports where they end', async function () {
    this.timeout(120_000);
    let last = 0;
    for (let length = 0; length <= complete.length; length++) {
      writeFileSync(cutFile, complete.subarray(0, length));
      const expected = ends.filter((end) => end <= length).length;
      assert.deepEqual(await sequencesOf(openUndamaged(cutDirectory)), range(0, expected), `cut at ${length}`);
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
    assert.equal(last, complete.length);
  });

  it('is recovered around any record into a closed file that another reader opens, and stays unchanged', async () => {
    for (const length of ends.flatMap((end) => [end - 1, end, end + 1]).slice(1)) {
      const cut = complete.subarray(0, Math.min(length, complete.length));
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

  it('ends at the last complete record when zeros follow, as after a power loss', async () => {
    writeFileSync(cutFile, Buffer.concat([complete.subarray(0, ends[2]), Buffer.alloc(4096)]));
    assert.deepEqual(await sequencesOf(openUndamaged(cutDirectory)), [0, 1, 2]);
    const info = await logInfo([cutFile]);
    assert.equal(info.truncatedAt, ends[2]);
    assert.match(info.truncated[0]!.reason!, /opcode 0/);
  });

  it('is appended to after the last complete record when it is opened again', async () => {
    writeFileSync(cutFile, complete.subarray(0, ends[3]! + 17));
    const { log } = await openTestLog(cutDirectory, { nextSequence: 4 });
    log.append(transitionAt(4));
    await log.close();
    assert.deepEqual(await sequencesOf(openUndamaged(cutDirectory)), range(0, 5));
    assert.equal((await logInfo([cutDirectory])).truncatedAt, null);
  });

  it('has complete chunks when it was compacted', async () => {
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

  it('is not recovered when it contains no complete record', async () => {
    for (const bytes of [complete.subarray(0, 0), complete.subarray(0, 60), Buffer.alloc(500, 'not a log')]) {
      writeFileSync(cutFile, bytes);
      const out = join(scratch.path, 'nothing.mcap');
      await assert.rejects(recoverLog(cutFile, out), { code: 'E_LOG_FILE', message: /no complete record/ });
      assert.equal(existsSync(out), false);
    }
  });

  it('reports what is missing before the last file and reads the next files', async () => {
    const directory = join(scratch.path, 'middle');
    const { log } = await openTestLog(directory, { maxSegmentBytes: 4000 });
    for (const n of range(0, 30)) log.append(transitionAt(n));
    await log.close();
    const file = join(directory, '00000.mcap');
    writeFileSync(file, readFileSync(file).subarray(0, 500));
    const places: DamagedPlace[] = [];
    const sequences = await sequencesOf(openExperience(directory, (place) => places.push(place)));
    assert.equal(sequences.at(-1), 29);
    assert.ok(sequences.length < 30);
    assert.match(damagedPlaceText(places[0]!), /00000\.mcap.*truncated/);
    assert.equal(places.length, 1);
  });
});
