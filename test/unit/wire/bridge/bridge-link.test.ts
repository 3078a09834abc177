import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SoftqdError } from '../../../../src/base/errors.ts';
import {
  decodeLinkFromBoard,
  decodeLinkToBoard,
  encodeLinkFromBoard,
  encodeLinkToBoard,
  LINK_MAX_SIZES,
  limitsHash,
} from '../../../../src/wire/bridge/index.ts';
import type { LinkFromBoard, LinkJoint, LinkReading, LinkToBoard } from '../../../../src/wire/bridge/index.ts';
import { bytesOf, eachOneByteCorruption, hexOf, randomBytes, vectors } from '../../../support/vectors.ts';

interface Row {
  name: string;
  hex: string;
  means: Record<string, unknown>;
}
const { toBoard, fromBoard, limits } = vectors('link-messages') as {
  toBoard: Row[];
  fromBoard: Row[];
  limits: { name: string; joints: LinkJoint[]; hash: number }[];
};

const LISTS = ['targets', 'positions', 'velocities', 'efforts', 'appliedTargets', 'temperaturesC'];

/** JSON has no Float64Array: converts those fields. */
function typed(means: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(means).map(([key, value]) => [
      key,
      LISTS.includes(key) ? Float64Array.from(value as number[]) : value,
    ]),
  );
}

function refused(error: unknown): boolean {
  return error instanceof SoftqdError && error.code === 'E_BRIDGE_MESSAGE';
}

describe('link messages', () => {
  for (const { name, hex, means } of toBoard) {
    it(`to the board in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeLinkToBoard(typed(means) as LinkToBoard)), hex);
      assert.deepEqual(decodeLinkToBoard(bytesOf(hex)), typed(means));
    });
  }

  for (const { name, hex, means } of fromBoard) {
    it(`from the board in both directions: ${name}`, () => {
      assert.equal(hexOf(encodeLinkFromBoard(typed(means) as LinkFromBoard)), hex);
      assert.deepEqual(decodeLinkFromBoard(bytesOf(hex)), typed(means));
    });
  }

  it('decode corrupt, truncated and random bytes to a message or E_BRIDGE_MESSAGE', () => {
    const check = (bytes: Uint8Array): void => {
      for (const decode of [decodeLinkToBoard, decodeLinkFromBoard]) {
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(refused(error), String(error));
        }
      }
    };
    for (const { hex } of [...toBoard, ...fromBoard]) {
      const wire = bytesOf(hex);
      eachOneByteCorruption(wire, check, false);
      for (let end = 0; end < wire.length; end++) check(wire.subarray(0, end));
    }
    for (let seed = 0; seed < 3000; seed++) check(randomBytes(seed, seed % 200));
  });

  it('beyond the bounds are rejected in both directions', () => {
    const many = new Float64Array(LINK_MAX_SIZES.joints + 1);
    const reading = typed(fromBoard[1]!.means) as LinkReading;
    assert.throws(() => encodeLinkFromBoard({ ...reading, positions: many }), SoftqdError);
    assert.throws(
      () => encodeLinkToBoard({ type: 'command', sequence: 1, mode: 'targets', targets: many, validForMs: 1 }),
      SoftqdError,
    );
    assert.throws(
      () => encodeLinkToBoard({ type: 'hello', protocolVersion: 1, session: 1, hostVersion: 'x'.repeat(32) }),
      SoftqdError,
    );
    assert.throws(() => encodeLinkFromBoard({ ...reading, stopReason: 'unknown' }), refused);
    const thirteenTargets = bytesOf(`1A 38 08 01 10 01 1A 34 ${'00 '.repeat(52)}`.trim());
    assert.throws(() => decodeLinkToBoard(thirteenTargets), refused);
    assert.throws(() => decodeLinkToBoard(new Uint8Array(1153)), refused);
    assert.throws(() => decodeLinkToBoard(new Uint8Array(0)), refused);
    assert.throws(
      () => decodeLinkFromBoard(bytesOf(`32 ${(98).toString(16)} 1A 60 ${'41 '.repeat(96)}`.trim())),
      refused,
    );
  });

  it('from newer firmware are decoded: unknown fields are skipped and an unknown reason is named `unknown`', () => {
    const fault = decodeLinkFromBoard(bytesOf('22 07 08 63 20 63 92 06 00'));
    assert.deepEqual(fault, { type: 'fault', reason: 'unknown', joint: 0, value: 0, deviceTimeUs: 99 });
    assert.throws(() => decodeLinkFromBoard(bytesOf('12 02 50 63')), refused, 'a state that is unknown is no state');
  });

  it('of another protocol version are decoded to its number, without joints', () => {
    const old = bytesOf('0A 16 08 01 15 EF BE AD DE 2A 0B 0A 05 68 69 6E 67 65 10 03 18 02 40 01');
    const welcome = decodeLinkFromBoard(old);
    assert.ok(welcome.type === 'welcome');
    assert.deepEqual([welcome.protocolVersion, welcome.joints], [1, []]);
  });

  it('round-trip any reading as float32', () => {
    const list = fc
      .array(fc.float({ noNaN: true }), { maxLength: LINK_MAX_SIZES.joints })
      .map((values) => Float64Array.from(values));
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    const reading: fc.Arbitrary<LinkReading> = fc.record({
      type: fc.constant('reading' as const),
      deviceTimeUs: fc.maxSafeNat(),
      sequence: uint32,
      positions: list,
      velocities: list,
      efforts: list,
      appliedTargets: list,
      supplyVoltageV: fc.float({ noNaN: true, min: 0 }),
      temperaturesC: list,
      flags: fc.integer({ min: 0, max: 63 }),
      state: fc.constantFrom('disarmed', 'armed', 'stopped'),
      stopReason: fc.constantFrom('none', 'tick-late', 'new-session'),
      commandSequence: uint32,
      session: uint32,
    });
    fc.assert(
      fc.property(reading, (sent) => assert.deepEqual(decodeLinkFromBoard(encodeLinkFromBoard(sent)), { ...sent })),
    );
  });
});

describe('limits hash', () => {
  for (const { name, joints, hash } of limits) {
    it(`of ${name}`, () => {
      assert.equal(limitsHash(joints), hash);
    });
  }

  it('changes with every field and with the order of the joints', () => {
    const joints = limits[0]!.joints;
    const hashes = new Set([limitsHash(joints), limitsHash([...joints].reverse())]);
    const [first, ...rest] = joints as [LinkJoint, ...LinkJoint[]];
    const changed: LinkJoint[] = [
      { ...first, name: 'hinge2' },
      { ...first, targetMode: 'velocity' },
      { ...first, stop: { ...first.stop, mode: 'torque-off' } },
      { ...first, stop: { ...first.stop, then: 'torque-off' } },
      { ...first, stop: { ...first.stop, holdMs: 1 } },
      { ...first, stop: { ...first.stop, maxHoldTemperatureC: 61 } },
      { ...first, minPositionRadOrM: 0 },
      { ...first, maxPositionRadOrM: 3 },
      { ...first, maxVelocityRadOrMPerS: 9 },
      { ...first, maxAccelerationRadOrMPerS2: 9 },
      { ...first, maxCommandDistanceRadOrM: 9 },
      { ...first, maxEffortNmOrN: 9 },
      { ...first, maxEffortRateNmOrNPerS: 9 },
    ];
    for (const joint of changed) hashes.add(limitsHash([joint, ...rest]));
    assert.equal(hashes.size, 2 + changed.length);
  });
});
