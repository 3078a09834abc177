import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  decodeCbor,
  decodeRosbridge,
  encodeAdvertise,
  encodeCbor,
  encodePublish,
  encodeSubscribe,
  float64MultiArray,
  jointTrajectory,
  readJointState,
  rosTime,
  rosType,
} from '../../../../src/wire/rosbridge/index.ts';
import type { RosObject, RosValue } from '../../../../src/wire/rosbridge/index.ts';
import { bytesOf, eachOneByteCorruption, hexOf, randomBytes } from '../../../support/vectors.ts';

function refused(error: unknown): boolean {
  return error instanceof SoftqdError && error.code === 'E_ROSBRIDGE_MESSAGE';
}

const jointState = {
  header: { stamp: { sec: 12, nanosec: 500_000_000 }, frame_id: '' },
  name: ['shoulder', 'elbow'],
  position: [0.5, -1],
  velocity: [],
  effort: [null, 2],
};

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

  it('reads what rosbridge does not write: half floats, big-endian and 64-bit arrays, other tags, undefined', () => {
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

  it('refuses what ends early, goes on behind the end, nests too deep or claims more than there is', () => {
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

  it('gives back any value', () => {
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

  it('answers random and damaged bytes with a value or a code', () => {
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

describe('rosbridge messages', () => {
  it('bring a JointState by JSON, with null for what JSON cannot say', () => {
    const message = decodeRosbridge(encodePublish('/joint_states', jointState));
    assert.ok(message.op === 'publish');
    assert.equal(message.topic, '/joint_states');
    assert.deepEqual(readJointState(message.msg), {
      stampS: 12.5,
      names: ['shoulder', 'elbow'],
      positions: Float64Array.of(0.5, -1),
      velocities: null,
      efforts: Float64Array.of(NaN, 2),
    });
  });

  it('bring a JointState of ROS 1 by CBOR', () => {
    const msg: RosObject = {
      header: { seq: 4, stamp: { secs: 1, nsecs: 250_000_000 }, frame_id: '' },
      name: ['a'],
      position: Float64Array.of(3),
      velocity: Float64Array.of(4),
      effort: Float64Array.of(NaN),
    };
    const message = decodeRosbridge(encodeCbor({ op: 'publish', topic: '/j', msg }));
    assert.ok(message.op === 'publish');
    const state = readJointState(message.msg);
    assert.equal(state.stampS, 1.25);
    assert.deepEqual(
      [state.positions, state.velocities, state.efforts],
      [Float64Array.of(3), Float64Array.of(4), Float64Array.of(NaN)],
    );
  });

  it('that are no JointState are refused, not guessed', () => {
    for (const change of [
      { name: 'shoulder' },
      { name: ['a', 3] },
      { name: Array.from({ length: 300 }, () => 'a') },
      { position: [1] },
      { position: ['1', 2] },
      { position: 1 },
      { header: {} },
      { header: { stamp: { sec: 1 } } },
      { header: { stamp: { sec: null, nanosec: 1 } } },
    ]) {
      assert.throws(() => readJointState({ ...jointState, ...change }), refused, JSON.stringify(change));
    }
  });

  it('of the other kinds have their own shape', () => {
    assert.deepEqual(decodeRosbridge('{"op":"status","level":"error","msg":"no"}'), {
      op: 'status',
      level: 'error',
      text: 'no',
    });
    assert.deepEqual(
      decodeRosbridge(
        '{"op":"service_response","service":"/rosapi/topics","id":"1","result":true,"values":{"topics":[]}}',
      ),
      {
        op: 'service_response',
        service: '/rosapi/topics',
        id: '1',
        result: true,
        values: { topics: [] },
      },
    );
    assert.deepEqual(decodeRosbridge('{"op":"fragment","data":"x"}'), { op: 'other', name: 'fragment' });
  });

  it('that are broken or too large have a code', () => {
    for (const bad of [
      '',
      '[]',
      '3',
      '{',
      '{"op":3}',
      '{"topic":"/a"}',
      '{"op":"publish","topic":"/a"}',
      '{"op":"publish","topic":3,"msg":{}}',
      '{"op":"status"}',
    ]) {
      assert.throws(() => decodeRosbridge(bad), refused, bad);
    }
    assert.throws(
      () => decodeRosbridge('x'.repeat(100), 99),
      (error) => error instanceof SoftqdError && error.code === 'E_FRAME_TOO_LARGE',
    );
  });

  it('ask and announce as rosbridge expects it', () => {
    assert.deepEqual(
      JSON.parse(encodeSubscribe({ topic: '/j', type: rosType(2, 'sensor_msgs', 'JointState'), compression: 'cbor' })),
      {
        op: 'subscribe',
        topic: '/j',
        type: 'sensor_msgs/msg/JointState',
        throttle_rate: 0,
        queue_length: 1,
        compression: 'cbor',
      },
    );
    assert.deepEqual(JSON.parse(encodeAdvertise('/c', rosType(1, 'std_msgs', 'Float64MultiArray'))), {
      op: 'advertise',
      topic: '/c',
      type: 'std_msgs/Float64MultiArray',
      queue_size: 1,
      latch: false,
    });
  });

  it('carry commands as arrays and as trajectories of both ROS versions', () => {
    assert.deepEqual(JSON.parse(encodePublish('/c', float64MultiArray(Float64Array.of(1, -0.5)))), {
      op: 'publish',
      topic: '/c',
      msg: { layout: { dim: [], data_offset: 0 }, data: [1, -0.5] },
    });
    const point = { names: ['a', 'b'], positions: Float64Array.of(1, 2), timeFromStartS: 0.02 };
    assert.deepEqual(jointTrajectory(2, point), {
      header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
      joint_names: ['a', 'b'],
      points: [
        {
          positions: [1, 2],
          velocities: [],
          accelerations: [],
          effort: [],
          time_from_start: { sec: 0, nanosec: 20_000_000 },
        },
      ],
    });
    assert.deepEqual(rosTime(1, 0.9999999999), { secs: 1, nsecs: 0 });
  });

  it('with NaN or infinity never leave: the server would drop them silently', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      assert.throws(() => float64MultiArray([0, bad]), refused);
      assert.throws(() => jointTrajectory(2, { names: ['a'], positions: [bad], timeFromStartS: 1 }), refused);
      assert.throws(
        () => jointTrajectory(2, { names: ['a'], positions: [0], velocities: [bad], timeFromStartS: 1 }),
        refused,
      );
      assert.throws(() => jointTrajectory(2, { names: ['a'], positions: [0], timeFromStartS: bad }), refused);
    }
    assert.throws(() => jointTrajectory(1, { names: ['a'], positions: [0, 1], timeFromStartS: 1 }), refused);
  });
});
