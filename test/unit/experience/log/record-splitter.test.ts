import assert from 'node:assert/strict';
import fc from 'fast-check';
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

function split(pieces: readonly Uint8Array[]): { records: string[]; splitter: RecordSplitter } {
  const splitter = new RecordSplitter();
  const records: string[] = [];
  for (const piece of pieces) {
    splitter.append(piece);
    for (let record = splitter.next(); record !== null; record = splitter.next()) records.push(summary(record));
  }
  return { records, splitter };
}

describe('Splitting bytes into records', () => {
  const bytes = sample();
  const whole = split([bytes]);

  it('finds every record and the end', () => {
    assert.deepEqual(
      whole.records.map((text) => Number(text.split('@')[0])),
      [1, 3, 4, 5, 5, 15, 2],
    );
    assert.equal(whole.splitter.ended, true);
    assert.equal(whole.splitter.offset, bytes.length);
  });

  it('gives the same records at every boundary between two pieces', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const { records, splitter } = split([bytes.slice(0, at), bytes.slice(at)]);
      assert.deepEqual(records, whole.records);
      assert.equal(splitter.ended, true);
    }
  });

  it('gives the same records byte by byte', () => {
    assert.deepEqual(split(Array.from(bytes, (byte) => Uint8Array.of(byte))).records, whole.records);
  });

  it('stops at what cannot be a record: opcode 0, a reserved one, a length beyond any file, another magic', () => {
    const damaged = (at: number, byte: number): RecordSplitter => {
      const copy = bytes.slice();
      copy[at] = byte;
      return split([copy]).splitter;
    };
    assert.match(damaged(0, 1).damage!, /does not begin/);
    assert.match(damaged(8, 0).damage!, /opcode 0/);
    assert.match(damaged(8, 0x42).damage!, /opcode 66/);
    assert.match(damaged(15, 0xff).damage!, /longer than/);
    assert.match(damaged(bytes.length - 1, 0).damage!, /closing magic/);
    assert.equal(damaged(bytes.length - 1, 0).ended, false);
  });

  it('of random bytes neither throws nor reads beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (random) => {
        const { splitter } = split([bytes.slice(0, 8), random]);
        assert.ok(splitter.offset <= 8 + random.length);
      }),
    );
  });
});
