import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { softqd } from '../../../../src/wire/generated/messages.js';
import {
  decodeSimulationReply,
  decodeSimulationRequest,
  encodeSimulationReply,
  encodeSimulationRequest,
} from '../../../../src/wire/simulation/simulation.ts';
import type { SimulationReply, SimulationRequest } from '../../../../src/wire/simulation/simulation-messages.ts';

const requests: SimulationRequest[] = [
  { type: 'hello', id: 1, protocolVersion: 1, role: 'controller', robot: 'arm2', controlPeriodS: 0.02 },
  { type: 'hello', id: 4294967295, protocolVersion: 1, role: 'watcher', robot: 'pendulum', controlPeriodS: 0 },
  { type: 'reset', id: 2, from: { state: { qpos: Float64Array.of(1, -0), qvel: Float64Array.of(0.1, 5e-324) } } },
  { type: 'reset', id: 3, from: { seed: 2 ** 53 - 1 } },
  { type: 'command', id: 4, sequence: 2 ** 40 + 3, targets: Float64Array.of(0.1, NaN, -Infinity) },
  { type: 'save-state', id: 5 },
  { type: 'load-state', id: 6, state: Uint8Array.of(0, 1, 255) },
];

const replies: SimulationReply[] = [
  {
    type: 'spec',
    replyTo: 1,
    spec: {
      robot: 'arm2',
      jointNames: ['shoulder', 'elbow'],
      sensors: [{ name: 'fingertip', size: 3, unit: 'm' }],
      controlPeriodS: 0.02,
      physicsStepS: 0.005,
      mode: 'lock-step',
      resetsBySeedOnly: false,
      savesNoState: true,
    },
  },
  {
    type: 'reading',
    replyTo: 0,
    reading: {
      sequence: 2 ** 33,
      deviceTimeS: 1.25,
      positions: Float64Array.of(Math.PI, -0),
      velocities: Float64Array.of(NaN, 1e-310),
      efforts: Float64Array.of(0, 0),
      sensors: new Map([
        ['fingertip', Float64Array.of(1, 2, 3)],
        ['größe', Float64Array.of()],
      ]),
    },
  },
  { type: 'state', replyTo: 8, state: Uint8Array.of(9, 8, 7) },
  { type: 'error', replyTo: 9, code: 'E_CONTROLLER_TAKEN', message: 'driven already' },
];

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SoftqdError, String(error));
    return error.code;
  }
  return 'none';
}

describe('simulation messages', () => {
  for (const request of requests) {
    it(`round-trip the request ${request.type} bit-identically`, () => {
      assert.deepEqual(decodeSimulationRequest(encodeSimulationRequest(request)), request);
    });
  }
  for (const reply of replies) {
    it(`round-trip the reply ${reply.type} bit-identically`, () => {
      assert.deepEqual(decodeSimulationReply(encodeSimulationReply(reply)), reply);
    });
  }

  it('are rejected as E_FRAME_INVALID when they are not a message, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(['none', 'E_FRAME_INVALID'].includes(code(() => decodeSimulationRequest(bytes))));
        assert.ok(['none', 'E_FRAME_INVALID'].includes(code(() => decodeSimulationReply(bytes))));
      }),
      { numRuns: 500 },
    );
    assert.equal(
      code(() => decodeSimulationRequest(new Uint8Array())),
      'E_FRAME_INVALID',
    );
    assert.equal(
      code(() => decodeSimulationReply(new TextEncoder().encode('{"reading":1}'))),
      'E_FRAME_INVALID',
    );
  });

  it('are rejected or decoded when truncated or corrupt anywhere', () => {
    for (const reply of replies) {
      const whole = encodeSimulationReply(reply);
      for (let i = 0; i < whole.length; i++) {
        const damaged = Uint8Array.from(whole);
        damaged[i] = damaged[i]! ^ 0xff;
        for (const bytes of [whole.subarray(0, i), damaged]) {
          assert.ok(['none', 'E_FRAME_INVALID'].includes(code(() => decodeSimulationReply(bytes))));
        }
      }
    }
  });

  it('have at most 64 joints and 1024 values per sensor', () => {
    const reading = (joints: number, values: number, sensors = 1): SimulationReply => ({
      type: 'reading',
      replyTo: 1,
      reading: {
        sequence: 0,
        deviceTimeS: 0,
        positions: new Float64Array(joints),
        velocities: new Float64Array(joints),
        efforts: new Float64Array(joints),
        sensors: new Map(Array.from({ length: sensors }, (_, i) => [`s${i}`, new Float64Array(values)])),
      },
    });
    const through = (reply: SimulationReply): string => code(() => decodeSimulationReply(encodeSimulationReply(reply)));
    assert.equal(through(reading(64, 1024, 64)), 'none');
    assert.equal(through(reading(65, 1)), 'E_FRAME_INVALID');
    assert.equal(through(reading(1, 1025)), 'E_FRAME_INVALID');
    assert.equal(through(reading(1, 1, 65)), 'E_FRAME_INVALID');
    const command = (joints: number): string =>
      code(() =>
        decodeSimulationRequest(
          encodeSimulationRequest({ type: 'command', id: 1, sequence: 1, targets: new Float64Array(joints) }),
        ),
      );
    assert.equal(command(64), 'none');
    assert.equal(command(65), 'E_FRAME_INVALID');
  });

  it('are rejected before decoding when the frame is too large for its type', () => {
    assert.equal(
      code(() => decodeSimulationReply(new Uint8Array((1 << 20) + 1).fill(0x12))),
      'E_FRAME_TOO_LARGE',
    );
    // A spec (tag 10) may be 64 KiB at most, so that no hostile one makes a million objects.
    const spec = new Uint8Array(1 << 17).fill(0x0a);
    assert.equal(
      code(() => decodeSimulationReply(spec)),
      'E_FRAME_TOO_LARGE',
    );
    assert.equal(
      code(() => decodeSimulationRequest(spec)),
      'E_FRAME_TOO_LARGE',
    );
    assert.equal(
      code(() => decodeSimulationReply(encodeSimulationReply(replies[1]!), 16)),
      'E_FRAME_TOO_LARGE',
    );
  });

  it('reject integers that are not exact in float64', () => {
    const big = { low: 1, high: 0x200001, unsigned: true } as unknown as number;
    const bytes = softqd.v1.SimulationRequest.encode({ id: 1, command: { sequence: big } }).finish();
    assert.equal(
      code(() => decodeSimulationRequest(bytes)),
      'E_FRAME_INVALID',
    );
  });

  it('reject a Hello without a role and a spec without a mode', () => {
    assert.equal(
      code(() =>
        decodeSimulationRequest(softqd.v1.SimulationRequest.encode({ hello: { protocolVersion: 1 } }).finish()),
      ),
      'E_FRAME_INVALID',
    );
    assert.equal(
      code(() => decodeSimulationReply(softqd.v1.SimulationReply.encode({ spec: { robot: 'x' } }).finish())),
      'E_FRAME_INVALID',
    );
  });
});
