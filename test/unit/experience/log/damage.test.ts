import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  logInfo,
  openExperience,
  readLog,
  recoverLog,
  truncateLogAfter,
  type DamagedPlace,
} from '../../../../src/experience/index.ts';
import { readPrefix } from '../../../../src/experience/log/record-search.ts';
import {
  openTestLog,
  openUndamaged,
  range,
  scratchDirectory,
  SESSION,
  sequencesOf,
  transitionAt,
} from '../../../support/experience/transitions.ts';

const PREFIX_BYTES = 9;
const MESSAGE_HEADER_BYTES = 22;

/** Starts of the records of one type in a file, from its first record on. */
function recordStarts(bytes: Uint8Array, wanted: number): number[] {
  const starts: number[] = [];
  for (let at = 8; at + PREFIX_BYTES <= bytes.length;) {
    const { opcode, length } = readPrefix(bytes, at);
    if (opcode === wanted) starts.push(at);
    if (opcode === 2) break;
    at += PREFIX_BYTES + length;
  }
  return starts;
}

describe('A corrupt log', () => {
  const scratch = scratchDirectory();
  const directory = join(scratch.path, 'damaged');
  const file = join(directory, '00000.mcap');
  let open: Buffer;
  let closed: Buffer;
  let starts: number[];
  after(() => scratch.remove());

  before(async () => {
    const { log } = await openTestLog(directory);
    for (const n of range(0, 20)) log.append(transitionAt(n));
    await log.flush();
    open = readFileSync(file);
    await log.close();
    closed = readFileSync(file);
    starts = recordStarts(open, 5);
  });

  const damage = (bytes: Buffer, from: number, to: number): void => {
    writeFileSync(file, Buffer.from(bytes).fill(0xff, from, to));
  };

  it('loses one transition whose payload was overwritten, and log info reports it', async () => {
    damage(
      open,
      starts[7]! + PREFIX_BYTES + MESSAGE_HEADER_BYTES,
      starts[7]! + PREFIX_BYTES + MESSAGE_HEADER_BYTES + 10,
    );
    const info = await logInfo([file]);
    const bytes = starts[8]! - starts[7]!;
    assert.equal(info.transitions, 19);
    assert.equal(info.sessions[0]!.missing, 1);
    assert.deepEqual(info.damaged, { records: 1, chunks: 0, bytes });
    assert.deepEqual(info.damagedPlaces, [
      {
        file,
        kind: 'record',
        at: starts[7],
        bytes,
        records: 1,
        reason: 'a message of /softqd/transition does not match its checksum',
      },
    ]);
    const out = join(scratch.path, 'one.mcap');
    assert.deepEqual(await recoverLog(file, out), {
      records: 19,
      droppedBytes: bytes,
      reason: null,
      damaged: { records: 1, chunks: 0, bytes },
    });
    assert.deepEqual((await logInfo([out])).damaged, { records: 0, chunks: 0, bytes: 0 });
  });

  it('loses the records that were overwritten with their lengths, and counts their bytes', async () => {
    damage(open, starts[3]!, starts[6]! - 1);
    const info = await logInfo([file]);
    assert.equal(info.transitions, 17);
    assert.equal(info.sessions[0]!.missing, 3);
    assert.equal(info.damaged.bytes, starts[6]! - starts[3]!);
  });

  it('counts each corrupt record when lengths are correct', async () => {
    const bytes = Buffer.from(open);
    for (const i of [3, 4, 5]) bytes[starts[i]! + 60]! ^= 1;
    writeFileSync(file, bytes);
    assert.deepEqual((await logInfo([file])).damaged, { records: 3, chunks: 0, bytes: starts[6]! - starts[3]! });
  });

  it('passes all other transitions to the learner, and reports the place once', async () => {
    damage(open, starts[7]! + 40, starts[7]! + 42);
    const places: DamagedPlace[] = [];
    const source = openExperience(directory, (place) => places.push(place));
    const expected = range(0, 20).filter((n) => n !== 7);
    assert.deepEqual(await sequencesOf(source), expected);
    assert.deepEqual(await sequencesOf(source), expected);
    assert.deepEqual(
      places.map(({ at }) => at),
      [starts[7]],
    );
  });

  it('is rejected by a reader that does not handle damage', async () => {
    damage(open, starts[7]! + 40, starts[7]! + 42);
    const read = async (): Promise<void> => {
      for await (const message of readLog(file)) assert.equal(message.kind, 'transition');
    };
    await assert.rejects(read(), { code: 'E_LOG_FILE', message: /damaged record skipped at byte/ });
  });

  it('is appended to without its corrupt records, with a warning', async () => {
    damage(open, starts[7]! + 40, starts[7]! + 42);
    const { log, logger, telemetry } = await openTestLog(directory, { nextSequence: 20 });
    assert.match(logger.entries[0]!.message, /1 damaged record/);
    assert.equal(telemetry.counters.get('log.damagedRecords'), 1);
    log.append(transitionAt(20));
    await log.close();
    assert.deepEqual(
      await sequencesOf(openUndamaged(directory)),
      range(0, 21).filter((n) => n !== 7),
    );
  });

  it('is truncated after a transition although an earlier one is corrupt', async () => {
    damage(open, starts[7]! + 40, starts[7]! + 42);
    assert.equal((await truncateLogAfter(directory, SESSION, 12)).records, 1);
    assert.deepEqual(
      await sequencesOf(openUndamaged(directory)),
      range(0, 13).filter((n) => n !== 7),
    );
  });

  it('is not truncated after a transition that is lost, and stays unchanged', async () => {
    const [chunk] = recordStarts(closed, 6);
    damage(closed, chunk! + 100, chunk! + 140);
    const info = await logInfo([file]);
    assert.equal(info.transitions, 0);
    assert.equal(info.damaged.chunks, 1);
    const bytes = readFileSync(file);
    await assert.rejects(truncateLogAfter(directory, SESSION, 3), { code: 'E_LOG_FILE' });
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('keeps its messages when channel declarations are corrupt: the checksum field identifies the topic', async () => {
    const [first] = recordStarts(open, 3);
    damage(open, first!, starts[0]!);
    const info = await logInfo([file]);
    assert.deepEqual(info.topics, { '/softqd/transition': 20 });
    const out = join(scratch.path, 'declared.mcap');
    await recoverLog(file, out);
    const other = join(scratch.path, 'undamaged');
    mkdirSync(other, { recursive: true });
    copyFileSync(out, join(other, '00000.mcap'));
    assert.deepEqual(await sequencesOf(openUndamaged(other)), range(0, 20));
  });

  it('without checksums, from another version, contains no softqd message', async () => {
    const bytes = Buffer.from(open);
    for (const start of starts) {
      const { length } = readPrefix(bytes, start);
      bytes[start + PREFIX_BYTES + length - 5] = 0x7c;
    }
    writeFileSync(file, bytes);
    const info = await logInfo([file]);
    assert.deepEqual([info.transitions, info.damaged.records], [0, 20]);
  });
});
