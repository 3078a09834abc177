import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { crc32c, maskedCrc32c } from '../../../../src/wire/crc32c.ts';
import { decodeEvent } from '../../../../src/wire/tensorboard/tensorboard-decode.ts';
import {
  encodeEvent,
  frameRecord,
  MAX_EVENT_BYTES,
  RECORD_HEADER_BYTES,
  recordData,
  recordLength,
  type ScalarEvent,
} from '../../../../src/wire/tensorboard/tensorboard.ts';

/** Complete records written by the RecordWriter and protobuf classes of TensorBoard 2. */
const VECTORS: readonly (readonly [ScalarEvent, string])[] = [
  [
    { wallTimeS: 1.5, step: 0, kind: 'version', version: 'brain.Event:2' },
    '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
  ],
  [
    {
      wallTimeS: 1700000000.25,
      step: 300,
      kind: 'scalars',
      scalars: { 'eval/best': -158.25, 'learner/alpha': 0.5 },
    },
    '36000000000000004f578cef0900001040fc54d94110ac022a280a100a096576616c2f626573741500401ec30a140a0d6c6561726e65722f616c706861150000003fc363a966',
  ],
  [
    { wallTimeS: 2, step: 2 ** 40 + 1, kind: 'start' },
    '14000000000000005e3d2915090000000000000040108180808080203a0208019502ca41',
  ],
];

function decodeRecord(record: Uint8Array): ScalarEvent {
  const length = recordLength(record.subarray(0, RECORD_HEADER_BYTES));
  return decodeEvent(recordData(record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length + 4)));
}

describe('TensorBoard event files', () => {
  it('use CRC-32C, masked', () => {
    assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    const crc = 0xe3069283;
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    assert.equal(maskedCrc32c(new TextEncoder().encode('123456789')), masked);
  });

  for (const [event, hex] of VECTORS) {
    it(`have the same bytes as those of TensorBoard: ${event.kind}`, () => {
      assert.equal(Buffer.from(frameRecord(encodeEvent(event))).toString('hex'), hex);
    });
    it(`round-trip: ${event.kind}`, () => {
      assert.deepEqual(decodeRecord(Buffer.from(hex, 'hex')), event);
    });
    it(`are rejected with any changed byte or truncation: ${event.kind}`, () => {
      const record = Buffer.from(hex, 'hex');
      for (let i = 0; i < record.length; i++) {
        const damaged = Uint8Array.from(record);
        damaged[i]! ^= 0x41;
        assert.throws(
          () => decodeRecord(damaged),
          (error) => error instanceof SoftqdError,
          `byte ${i}`,
        );
        assert.throws(
          () => decodeRecord(record.subarray(0, i)),
          (error) => error instanceof SoftqdError,
          `cut at ${i}`,
        );
      }
    });
  }

  it('omit numbers that are not finite, and reject events beyond the limit', () => {
    const event = encodeEvent({ wallTimeS: 1, step: 1, kind: 'scalars', scalars: { a: NaN, b: 2, c: Infinity } });
    assert.deepEqual(decodeEvent(event), { wallTimeS: 1, step: 1, kind: 'scalars', scalars: { b: 2 } });
    const long = { wallTimeS: 1, step: 1, kind: 'scalars', scalars: { ['x'.repeat(MAX_EVENT_BYTES)]: 1 } } as const;
    assert.throws(() => encodeEvent(long), { code: 'E_FRAME_TOO_LARGE' });
    const header = frameRecord(new Uint8Array(MAX_EVENT_BYTES + 1)).subarray(0, RECORD_HEADER_BYTES);
    assert.throws(() => recordLength(header), { code: 'E_FRAME_TOO_LARGE' });
  });
});
