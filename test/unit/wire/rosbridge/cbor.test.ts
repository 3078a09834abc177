import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { decodeCbor, encodeCbor } from '../../../../src/wire/rosbridge/index.ts';
import type { RosValue } from '../../../../src/wire/rosbridge/index.ts';
import { bytesOf, eachOneByteCorruption, hexOf, randomBytes } from '../../../support/vectors.ts';

function refused(error: unknown): boolean {
  return error instanceof SoftqdError && error.code === 'E_ROSBRIDGE_MESSAGE';
}

describe('CBOR', () => {
  /** RFC 8949 appendix A. */
  const examples: readonly (readonly [string, RosValue])[] = [
    ['00', 0],
    ['17', 23],
    ['18 18', 24],
    ['19 03 E8', 1000],
    ['1A 00 0F 42 40', 1000000],
    ['1B 00 00 00 E8 D4 A5 10 00', 1000000000000],
    ['20', -1],
    ['38 63', -100],
    ['39 03 E7', -1000],
    ['FB 3F F1 99 99 99 99 99 9A', 1.1],
    ['F4', false],
    ['F5', true],
    ['F6', null],
    ['44 01 02 03 04', Uint8Array.of(1, 2, 3, 4)],
    ['60', ''],
    ['62 C3 BC', 'ü'],
    ['80', []],
    ['83 01 82 02 03 82 04 05', [1, [2, 3], [4, 5]]],
    ['A2 61 61 01 61 62 82 02 03', { a: 1, b: [2, 3] }],
    ['D8 56 48 00 00 00 00 00 00 F8 3F', Float64Array.of(1.5)],
    ['D8 55 44 00 00 C0 3F', Float32Array.of(1.5)],
    ['D8 45 44 01 00 00 02', Uint16Array.of(1, 512)],
    ['D8 46 44 01 00 00 02', Uint32Array.of(0x02000001)],
    ['D8 48 42 01 FF', Int8Array.of(1, -1)],
    ['D8 4D 42 FE FF', Int16Array.of(-2)],
    ['D8 4E 44 FE FF FF FF', Int32Array.of(-2)],
  ];
  for (const [hex, value] of examples) {
    it(`${hex} in both directions`, () => {
      assert.deepEqual(decodeCbor(bytesOf(hex)), value);
      assert.equal(hexOf(encodeCbor(value)), hex);
    });
  }

  it('decodes types that rosbridge does not send: half floats, big-endian and 64-bit arrays, other tags, undefined', () => {
    const readOnly: readonly (readonly [string, RosValue])[] = [
      ['F9 3C 00', 1],
      ['F9 00 01', 5.960464477539063e-8],
      ['F9 C4 00', -4],
      ['F9 7C 00', Infinity],
      ['F9 7E 00', NaN],
      ['FA 47 C3 50 00', 100000],
      ['F7', null],
      ['C1 1A 51 4B 67 B0', 1363896240],
      ['D8 52 48 3F F8 00 00 00 00 00 00', Float64Array.of(1.5)],
      ['D8 4F 48 FE FF FF FF FF FF FF FF', Float64Array.of(-2)],
      ['D8 47 48 02 00 00 00 00 00 00 00', Float64Array.of(2)],
      ['D8 41 42 02 00', Uint16Array.of(512)],
    ];
    for (const [hex, value] of readOnly) assert.deepEqual(decodeCbor(bytesOf(hex)), value, hex);
  });

  it('rejects truncated data, trailing bytes, deep nesting and invalid lengths', () => {
    const bad = [
      '',
      '18',
      '19 03',
      '61',
      '62 C3',
      '61 FF',
      '82 01',
      'A1 61 61',
      'A1 01 02',
      'D8 56 44 00 00 00 00',
      'D8 57 40',
      'D8 56 01',
    ];
    const claims = [
      '9B 00 00 00 FF FF FF FF FF',
      '5B 7F FF FF FF FF FF FF FF',
      'BA FF FF FF FF',
      '9F 01 FF',
      'FC',
      '1C',
      '00 00',
      'F8 20',
    ];
    for (const hex of [...bad, ...claims, '81 '.repeat(100) + '00']) {
      assert.throws(() => decodeCbor(bytesOf(hex)), refused, hex);
    }
  });

  it('round-trips any value', () => {
    const leaf = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.string(),
      fc.constant(null),
      fc.float64Array(),
      fc.uint8Array(),
    );
    const { value } = fc.letrec<{ value: RosValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: true }),
      ),
    }));
    fc.assert(fc.property(value, (sent) => assert.deepEqual(decodeCbor(encodeCbor(sent)), sent)));
  });

  it('decodes random and corrupt bytes to a value or a code', () => {
    const wire = encodeCbor({
      op: 'publish',
      topic: '/joint_states',
      msg: { name: ['a', 'b'], position: Float64Array.of(1, 2) },
    });
    const check = (bytes: Uint8Array): void => {
      try {
        decodeCbor(bytes);
      } catch (error) {
        assert.ok(refused(error), String(error));
      }
    };
    eachOneByteCorruption(wire, check);
    for (let seed = 0; seed < 3000; seed++) check(randomBytes(seed, 60));
  });
});
