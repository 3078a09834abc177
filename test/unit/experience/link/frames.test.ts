import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  encodeFrame,
  FrameReader,
  MAX_FRAME_BYTES,
  MAX_LARGE_FRAME_BYTES,
} from '../../../../src/experience/link/frames.ts';
import {
  decodeFromLearner,
  decodeToLearner,
  encodeFromLearner,
  encodeToLearner,
  SNAPSHOT_TAG,
  type FromLearnerMessage,
  type ToLearnerMessage,
} from '../../../../src/experience/link/messages.ts';
import { SESSION, transition } from '../../../support/transitions.ts';

const LARGE = 0x22;

describe('frames of the learner link', () => {
  it('are complete for any split of the stream', () => {
    const payloads = [Uint8Array.of(1), Uint8Array.from({ length: 300 }, (_, i) => i & 255), Uint8Array.of(9, 9)];
    const stream = Buffer.concat(payloads.map((p) => encodeFrame(p, MAX_FRAME_BYTES)));
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader(LARGE);
      const got: number[][] = [];
      for (const piece of [stream.subarray(0, cut), stream.subarray(cut)]) {
        reader.append(piece);
        for (let p = reader.next(); p !== null; p = reader.next()) got.push([...p]);
      }
      assert.deepEqual(
        got,
        payloads.map((p) => [...p]),
      );
    }
  });

  it('are complete when the bytes arrive one by one', () => {
    const reader = new FrameReader(LARGE);
    const stream = encodeFrame(Uint8Array.of(1, 2, 3), 10);
    const got = [...stream].map((byte) => {
      reader.append(Uint8Array.of(byte));
      return reader.next();
    });
    assert.deepEqual(
      got.map((p) => (p === null ? null : [...p])),
      [null, null, null, null, null, null, [1, 2, 3]],
    );
  });

  it('can be large only when they begin with the large message', () => {
    const header = (length: number, tag: number): Uint8Array => {
      const bytes = new Uint8Array(5);
      new DataView(bytes.buffer).setUint32(0, length, true);
      bytes[4] = tag;
      return bytes;
    };
    const tooLarge = (length: number, tag: number): void => {
      const reader = new FrameReader(LARGE);
      reader.append(header(length, tag));
      assert.throws(() => reader.next(), { code: 'E_FRAME_TOO_LARGE' });
    };
    tooLarge(MAX_FRAME_BYTES + 1, 0x0a);
    tooLarge(MAX_LARGE_FRAME_BYTES + 1, LARGE);
    tooLarge(0xffffffff, LARGE);
    const reader = new FrameReader(LARGE);
    reader.append(header(MAX_LARGE_FRAME_BYTES, LARGE));
    assert.equal(reader.next(), null);
  });

  it('are rejected when empty', () => {
    const reader = new FrameReader(LARGE);
    reader.append(new Uint8Array(4));
    assert.throws(() => reader.next(), { code: 'E_FRAME_INVALID' });
  });
});

describe('messages of the learner link', () => {
  const toLearner: ToLearnerMessage[] = [
    { kind: 'welcome', protocolVersion: 1, welcome: { sessionUuid: SESSION, lockStep: true, policyVersion: 7 } },
    { kind: 'transition', transition: transition(5) },
    { kind: 'transition', transition: transition(0, { terminated: true, monotonicTimeNs: 2 ** 52 }) },
    { kind: 'checkpoint', sequence: 12, daemonState: Uint8Array.of(1, 0, 255) },
    { kind: 'close' },
  ];
  const fromLearner: FromLearnerMessage[] = [
    {
      kind: 'hello',
      protocolVersion: 1,
      hello: { cursor: { sessionUuid: SESSION, sequence: -1 }, engine: 'tensorflow' },
    },
    { kind: 'acknowledge', cursor: { sessionUuid: SESSION, sequence: 2 ** 40 } },
    { kind: 'stepDone', stepDone: { sequence: 3, updates: 4, policyVersion: 5 } },
    { kind: 'snapshot', snapshot: { version: 3, sha256: 'ab', bytes: Uint8Array.of(1, 2) } },
    { kind: 'metrics', metrics: { qLoss: 0.5, alpha: -1 } },
    { kind: 'checkpointDone', sequence: 3, error: 'no space' },
    { kind: 'alert', alert: { level: 'error', code: 'E_X', message: 'm', hint: 'h' } },
  ];

  it('are read as they were written', () => {
    for (const message of toLearner) assert.deepEqual(decodeToLearner(encodeToLearner(message).subarray(4)), message);
    for (const message of fromLearner)
      assert.deepEqual(decodeFromLearner(encodeFromLearner(message).subarray(4)), message);
  });

  it('contain a policy above the ordinary maximum, but not a transition', () => {
    const bytes = new Uint8Array(3 * MAX_FRAME_BYTES);
    const frame = encodeFromLearner({ kind: 'snapshot', snapshot: { version: 1, sha256: '', bytes } });
    const reader = new FrameReader(SNAPSHOT_TAG);
    reader.append(frame);
    assert.equal(decodeFromLearner(reader.next()!).kind, 'snapshot');
    const observation = new Float32Array(MAX_FRAME_BYTES);
    assert.throws(() => encodeToLearner({ kind: 'transition', transition: transition(0, { observation }) }), {
      code: 'E_FRAME_TOO_LARGE',
    });
  });

  it('are rejected with E_FRAME_INVALID for any other bytes', () => {
    const refuses = (decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void => {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof SoftqdError && error.code === 'E_FRAME_INVALID', String(error));
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refuses(decodeToLearner, bytes);
        refuses(decodeFromLearner, bytes);
      }),
      { seed: 1, numRuns: 2000 },
    );
    const valid = encodeToLearner(toLearner[1]!).subarray(4);
    for (let i = 0; i < valid.length; i++) {
      refuses(decodeToLearner, valid.subarray(0, i));
      const flipped = valid.slice();
      flipped[i]! ^= 0xff;
      refuses(decodeToLearner, flipped);
    }
    assert.throws(() => decodeToLearner(Uint8Array.of(0xfa, 0x07, 0)), { code: 'E_FRAME_INVALID' });
  });

  it('bound every list', () => {
    const many = transition(0, { reasonCodes: Array.from({ length: 300 }, () => 1) });
    assert.throws(() => decodeToLearner(encodeToLearner({ kind: 'transition', transition: many }).subarray(4)), {
      code: 'E_FRAME_INVALID',
    });
    const metrics = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}`, i]));
    assert.throws(() => decodeFromLearner(encodeFromLearner({ kind: 'metrics', metrics }).subarray(4)), {
      code: 'E_FRAME_INVALID',
    });
  });
});
