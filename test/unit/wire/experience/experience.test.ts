import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  decodeEvent,
  decodeJointStates,
  decodeMetrics,
  decodeTransition,
  encodeEvent,
  encodeJointStates,
  encodeMetrics,
  encodeTransition,
  MAX_EXPERIENCE_BYTES,
  MAX_REASON_CODES,
  MAX_VECTOR_LENGTH,
} from '../../../../src/wire/experience/experience.ts';
import { transitionAt } from '../../../support/experience/transitions.ts';

const floats = fc.float32Array({ maxLength: 20, noNaN: true });
const whole = fc.maxSafeNat();

describe('Experience messages', () => {
  it('round-trip every transition', () => {
    const transitions = fc.record({
      sessionUuid: fc.uuid(),
      sequence: whole,
      episode: fc.nat(),
      step: fc.nat(),
      observation: floats,
      proposedAction: floats,
      appliedAction: floats,
      reasonCodes: fc.array(fc.nat(), { maxLength: 5 }),
      reward: fc.double({ noNaN: true }),
      terminated: fc.boolean(),
      truncated: fc.boolean(),
      nextObservation: floats,
      policyVersion: whole,
      monotonicTimeNs: whole,
    });
    fc.assert(
      fc.property(transitions, (transition) => {
        assert.deepStrictEqual(decodeTransition(encodeTransition(transition)), { ...transition });
      }),
    );
  });

  it('of any bytes decode to a transition or a frame error, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeTransition(bytes);
        } catch (thrown) {
          assert.ok(thrown instanceof SoftqdError && thrown.code.startsWith('E_FRAME_INVALID'), String(thrown));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('truncated anywhere never become a transition with elements that were not sent', () => {
    const bytes = encodeTransition(transitionAt(4));
    const full = decodeTransition(bytes);
    for (let length = 0; length < bytes.length; length++) {
      let cut;
      try {
        cut = decodeTransition(bytes.subarray(0, length));
      } catch (thrown) {
        assert.ok(thrown instanceof SoftqdError);
        continue;
      }
      assert.deepStrictEqual(cut.observation, full.observation.subarray(0, cut.observation.length));
      assert.ok(cut.nextObservation.length === 0 || cut.nextObservation.length === full.nextObservation.length);
    }
  });

  it('with a too long observation, reason list or message are rejected', () => {
    const long = { ...transitionAt(0), observation: new Float32Array(MAX_VECTOR_LENGTH + 1) };
    assert.throws(() => decodeTransition(encodeTransition(long)), { code: 'E_FRAME_INVALID' });
    const reasons = { ...transitionAt(0), reasonCodes: new Array<number>(MAX_REASON_CODES + 1).fill(1) };
    assert.throws(() => decodeTransition(encodeTransition(reasons)), { code: 'E_FRAME_INVALID' });
    assert.throws(() => decodeTransition(new Uint8Array(MAX_EXPERIENCE_BYTES + 1)), { code: 'E_FRAME_TOO_LARGE' });
  });

  it('of events keep their values, and omit values that are not JSON', () => {
    const event = {
      monotonicTimeNs: 7,
      level: 'warning',
      code: 'E_DISK',
      message: 'full',
      values: { free: 0, list: [1] },
    } as const;
    assert.deepStrictEqual(decodeEvent(encodeEvent(event)), event);
    assert.equal(decodeEvent(encodeEvent({ ...event, values: { big: 1n } })).values, undefined);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    assert.equal(decodeEvent(encodeEvent({ ...event, values: circular })).values, undefined);
    assert.ok(encodeEvent({ ...event, message: 'x'.repeat(1 << 21) }).length < MAX_EXPERIENCE_BYTES);
  });

  it('of joint states and metrics round-trip; metrics omit values that are not finite', () => {
    const states = {
      monotonicTimeNs: 9,
      names: ['a', 'b'],
      positions: Float64Array.of(1, 2),
      velocities: Float64Array.of(3, 4),
      efforts: Float64Array.of(5, 6),
    };
    assert.deepStrictEqual(decodeJointStates(encodeJointStates(states)), states);
    const metrics = decodeMetrics(
      encodeMetrics({ monotonicTimeNs: 1, metrics: { alpha: 0.5, broken: NaN, loss: Infinity } }),
    );
    assert.deepStrictEqual(metrics, { monotonicTimeNs: 1, metrics: { alpha: 0.5 } });
  });
});
