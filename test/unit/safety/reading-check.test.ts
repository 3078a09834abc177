import assert from 'node:assert/strict';
import { GUARD_REASON } from '../../../src/robot/reasons.ts';
import { resolveLimits } from '../../../src/safety/limits.ts';
import { readingError, readingReasons } from '../../../src/safety/reading-check.ts';
import { NO_REASON, reasonBit, ReasonCounter } from '../../../src/safety/reason-set.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const robot = robotOf({ name: 'arm', joints: [{ commandMode: 'position' }] });
const reading = readingOf({ positions: [0] });

describe('the age of a reading', () => {
  it('is at most the largest one, in the past and in the future', () => {
    for (const [ageNs, isStale] of [
      [0, false],
      [50, false],
      [-50, false],
      [51, true],
      [-51, true],
      [NaN, true],
    ] as const) {
      const expected = isStale ? reasonBit(GUARD_REASON.staleReading) : NO_REASON;
      assert.equal(readingReasons(reading, robot, ageNs, 50), expected, `${ageNs} ns`);
      assert.equal(readingError(reading, robot, ageNs, 50)?.code, isStale ? 'E_READING_STALE' : undefined);
    }
  });
});

describe('a set of reasons', () => {
  it('has one bit for each, and none for no reason', () => {
    assert.equal(NO_REASON, 0);
    const codes = Object.values(GUARD_REASON);
    let all = NO_REASON;
    for (const code of codes) {
      assert.equal(all & reasonBit(code), 0);
      all |= reasonBit(code);
    }
    assert.equal(all, 0b1_1111_1111_1111_1110);
  });

  it('becomes a list of codes in ascending order, each counted once', () => {
    const counter = new ReasonCounter();
    assert.deepEqual(counter.take(NO_REASON), []);
    const codes = Object.values(GUARD_REASON);
    const ascending = codes.toSorted((a, b) => a - b);
    assert.deepEqual(counter.take(codes.reduce((mask, code) => mask | reasonBit(code), 0)), ascending);
    assert.deepEqual(
      [...counter.clips.values()],
      codes.map(() => 1),
    );
  });
});

describe('the position range of a joint', () => {
  const resolve = (minPositionRadOrM: number, maxPositionRadOrM: number) =>
    resolveLimits({ ...robot.joints[0]!, limits: { minPositionRadOrM, maxPositionRadOrM } });

  it('may be a single position', () => {
    const { minPosition, maxPosition } = resolve(1, 1);
    assert.deepEqual([minPosition, maxPosition], [1, 1]);
  });

  it('contains a finite position', () => {
    for (const [low, high] of [
      [Infinity, Infinity],
      [-Infinity, -Infinity],
      [1, 0.5],
      [NaN, 1],
    ] as const)
      assert.throws(() => resolve(low, high), { code: 'E_ROBOT_FILE' }, `${low} to ${high}`);
    assert.equal(resolve(-Infinity, Infinity).maxPosition, Infinity);
  });
});
