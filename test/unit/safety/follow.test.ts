import assert from 'node:assert/strict';
import {
  follow,
  FOLLOWING,
  followingError,
  isLagging,
  type FollowingInput,
  type FollowingJoint,
} from '../../../src/safety/following.ts';

const JOINT: FollowingJoint = { name: 'elbow', maxDistance: 0.5, maxVelocity: 2, followingErrorS: 0.5, stallS: 0.5 };
/** Commanded away in positive direction, standing still. */
const AWAY: FollowingInput = { command: 0.4, position: 0, velocity: 0, isCut: false, dtS: 0.125 };

describe('follow', () => {
  it('takes a joint about which nothing is known for one that follows', () => {
    assert.equal(isLagging(FOLLOWING), false);
    assert.equal(followingError(JOINT, FOLLOWING, AWAY), null);
  });

  it('adds the time for which a joint stands at most 0.006 from where it stood first', () => {
    const before = { behindS: 0, stalledS: 0.25, anchor: 0 };
    for (const position of [-0.006, 0, 0.006])
      assert.deepEqual(follow(JOINT, before, { ...AWAY, position }), { behindS: 0, stalledS: 0.375, anchor: 0 });
    for (const position of [-0.0061, 0.0061])
      assert.deepEqual(follow(JOINT, before, { ...AWAY, position }), { behindS: 0, stalledS: 0.125, anchor: position });
  });

  it('begins to measure where the joint is when it is first commanded away', () => {
    const first = follow(JOINT, FOLLOWING, { ...AWAY, position: 0.003 });
    assert.deepEqual(first, { behindS: 0, stalledS: 0.125, anchor: 0.003 });
  });

  it('starts over when the direction changes, and ends when the command is at the joint', () => {
    const before = { behindS: 0.25, stalledS: 0.25, anchor: 0 };
    const back = follow(JOINT, before, { ...AWAY, command: -0.4, isCut: true });
    assert.deepEqual(back, { behindS: -0.125, stalledS: -0.125, anchor: 0 });
    const further = follow(JOINT, back, { ...AWAY, command: -0.4, isCut: true });
    assert.deepEqual(further, { behindS: -0.25, stalledS: -0.25, anchor: 0 });
    const at = follow(JOINT, before, { ...AWAY, command: 0, isCut: true });
    assert.deepEqual([at.behindS, at.stalledS], [0, 0]);
  });

  it('takes a joint for lagging that is slower than half of its limit while its command is cut', () => {
    for (const [velocity, isCut, behindS] of [
      [0.99, true, 0.125],
      [1, true, 0],
      [-3, true, 0.125],
      [0.99, false, 0],
    ] as const)
      assert.equal(follow(JOINT, FOLLOWING, { ...AWAY, velocity, isCut }).behindS, behindS, `${velocity} ${isCut}`);
  });
});

describe('isLagging', () => {
  it('is true for a joint that is behind or stalled, in any direction', () => {
    for (const [behindS, stalledS] of [
      [0.02, 0],
      [-0.02, 0],
      [0, 0.02],
      [0, -0.02],
    ] as const)
      assert.equal(isLagging({ behindS, stalledS, anchor: 0 }), true, `${behindS} ${stalledS}`);
  });
});
