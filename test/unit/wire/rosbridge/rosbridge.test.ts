import assert from 'node:assert/strict';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
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
import type { RosObject } from '../../../../src/wire/rosbridge/index.ts';

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

describe('rosbridge messages', () => {
  it('decode a JointState from JSON, with null for NaN and infinity', () => {
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

  it('decode a JointState of ROS 1 from CBOR', () => {
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

  it('that are not a JointState are rejected', () => {
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

  it('of the other types have their own fields', () => {
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

  it('that are corrupt or too large have a code', () => {
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

  it('subscribe and advertise in the format of rosbridge', () => {
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

  it('encode commands as arrays and as trajectories of both ROS versions', () => {
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

  it('with NaN or infinity are rejected: the server would drop them silently', () => {
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
