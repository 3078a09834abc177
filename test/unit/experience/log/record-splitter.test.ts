import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogDamage } from '../../../../src/experience/log/log-damage.ts';
import { RecordSplitter, type RawRecord } from '../../../../src/experience/log/record-splitter.ts';
import { RecordWriter } from '../../../../src/experience/log/record-writer.ts';

function sample(): Uint8Array {
  const writer = new RecordWriter(16);
  writer.magic();
  writer.header();
  writer.schema(1, 'a.Name', Uint8Array.of(1, 2, 3));
  writer.channel(1, 1, '/topic');
  writer.message(1, 2 ** 32 + 7, 2 ** 40 + 5, Uint8Array.of(9, 9));
  writer.message(1, 8, 0, new Uint8Array(300));
  writer.tail();
  return writer.bytes().slice();
}

const summary = ({ opcode, offset, body }: RawRecord): string =>
  `${opcode}@${offset} ${Buffer.from(body).toString('hex')}`;

interface Split {
  readonly records: string[];
  readonly splitter: RecordSplitter;
  readonly damage: LogDamage[];
}

function split(pieces: readonly Uint8Array[]): Split {
  const damage: LogDamage[] = [];
  const splitter = new RecordSplitter((place) => damage.push(place));
  const records: string[] = [];
  for (const piece of pieces) {
    splitter.append(piece);
    for (let record = splitter.next(); record !== null; record = splitter.next()) records.push(summary(record));
  }
  return { records, splitter, damage };
}

describe('Splitting bytes into records', () => {
  const bytes = sample();
  const complete = split([bytes]);

  it('finds every record and the end', () => {
    assert.deepEqual(
      complete.records.map((text) => Number(text.split('@')[0])),
      [1, 3, 4, 5, 5, 15, 2],
    );
    assert.equal(complete.splitter.ended, true);
    assert.equal(complete.splitter.offset, bytes.length);
  });

  it('returns the same records for every split into two pieces', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const { records, splitter } = split([bytes.slice(0, at), bytes.slice(at)]);
      assert.deepEqual(records, complete.records);
      assert.equal(splitter.ended, true);
    }
  });

  it('returns the same records byte by byte', () => {
    assert.deepEqual(split(Array.from(bytes, (byte) => Uint8Array.of(byte))).records, complete.records);
  });

  it('skips and names invalid records: opcode 0, a reserved one, a length beyond any file, other magic', () => {
    const damaged = (at: number, byte: number): Split => {
      const copy = bytes.slice();
      copy[at] = byte;
      return split([copy]);
    };
    for (const [at, byte, reason] of [
      [0, 1, /bad magic/],
      [8, 0, /opcode 0/],
      [8, 0x42, /opcode 66/],
      [15, 0xff, /longer than/],
      [9, 3, /lengths in a record/],
    ] as const) {
      const { splitter, damage } = damaged(at, byte);
      assert.match(damage[0]!.reason, reason);
      assert.equal(damage[0]!.at, at === 0 ? 0 : 8);
      assert.equal(splitter.ended, true);
    }
    const { splitter } = damaged(bytes.length - 1, 0);
    assert.match(splitter.pendingDamage!.reason, /closing magic/);
    assert.equal(splitter.ended, false);
  });

  it('resumes at the record after a corrupt one when lengths are correct', () => {
    const copy = bytes.slice();
    copy[0] = 0;
    const { records, damage } = split([copy]);
    assert.deepEqual(records, complete.records);
    assert.deepEqual(damage, [{ kind: 'record', at: 0, bytes: 8, records: 1, reason: 'not an MCAP file (bad magic)' }]);
  });

  it('neither throws on random bytes nor reads beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (random) => {
        const { splitter } = split([bytes.slice(0, 8), random]);
        assert.ok(splitter.offset <= 8 + random.length);
      }),
    );
  });
});
