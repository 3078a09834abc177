import assert from 'node:assert/strict';
import type { WorkspaceCheck } from '../../../src/robot/workspace.ts';
import type { LimitedTarget } from '../../../src/safety/joint-limiter.ts';
import { keepInWorkspace } from '../../../src/safety/workspace-limiter.ts';

/** A joint that is commanded to `target` and rests there. */
const to = (target: number): LimitedTarget => ({
  target,
  mask: 0,
  memory: { previous: target, velocity: 2 * target, requested: 3 * target },
});

/** The commands of joints of which each rests `depthOf` it deep. */
function keep(
  braking: readonly number[],
  wanted: readonly number[],
  depthOf: (position: number) => number,
): readonly LimitedTarget[] | null {
  const check: WorkspaceCheck = { depthsM: (pose) => Array.from(pose, depthOf), clearancesM: () => new Map() };
  return keepInWorkspace(check, {
    braking: braking.map(to),
    wanted: wanted.map(to),
    restPosition: (_, { previous }) => previous,
  });
}
const targets = (all: readonly LimitedTarget[] | null): readonly number[] | undefined =>
  all?.map(({ target }) => target);

describe('keepInWorkspace', () => {
  it('leaves an allowed command alone', () => {
    assert.equal(
      keep([0], [1], () => 0),
      null,
    );
  });

  it('cuts a command by sixteenths of the way from the braking one, to the last that is inside', () => {
    const beyond = (limit: number) => (position: number) => Math.max(0, position - limit);
    for (const [limit, expected] of [
      [0, 0],
      [0.06, 0],
      [0.0625, 0.0625],
      [0.5, 0.5],
      [0.7, 0.6875],
      [0.93, 0.875],
      [0.99, 0.9375],
    ] as const)
      assert.deepEqual(targets(keep([0], [1], beyond(limit))), [expected], String(limit));
    assert.deepEqual(targets(keep([1], [3], beyond(2.1))), [2]);
  });

  it('mixes position and velocity alike, with the request of the wanted command', () => {
    const [cut] = keep([1], [3], (position) => Math.max(0, position - 2.1))!;
    assert.deepEqual(cut, { target: 2, mask: 0, memory: { previous: 2, velocity: 4, requested: 9 } });
  });

  it('gives a joint that may move its whole command beside one that may not', () => {
    const isBad = (position: number): number => (position > 1 ? position : 0);
    assert.deepEqual(targets(keep([0, 0], [2, 1], isBad)), [1, 1]);
  });

  it('does not allow the smallest depth from inside', () => {
    for (const depth of [1e-9, 0.5e-6, 1])
      assert.deepEqual(targets(keep([0], [1], (position) => (position > 0 ? depth : 0))), [0], String(depth));
  });

  it('allows a robot that is outside to become deeper by the rounding of a micrometer only', () => {
    for (const [deeper, isAllowed] of [
      [-0.5, true],
      [0, true],
      [1e-6, true],
      [1.5e-6, false],
      [0.1, false],
    ] as const) {
      const kept = keep([0], [1], (position) => (position > 0 ? 1 + deeper : 1));
      assert.deepEqual(targets(kept), isAllowed ? undefined : [0], String(deeper));
    }
  });
});
