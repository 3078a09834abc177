import assert from 'node:assert/strict';
import { brakingDistance, brakingSpeed, clamp } from '../../../src/safety/braking.ts';

describe('brakingSpeed', () => {
  it('solves w dt + w² / (2 a) = d', () => {
    for (const [distance, acceleration, dtS] of [
      [0.5, 30, 0.02],
      [1e-6, 2, 0.3],
      [3, 1000, 0.001],
    ] as const) {
      const w = brakingSpeed(distance, acceleration, dtS);
      assert.ok(Math.abs(w * dtS + w ** 2 / (2 * acceleration) - distance) < 1e-12 * distance);
    }
  });

  it('is distance / time without an acceleration limit, 0 without a distance or an acceleration', () => {
    assert.equal(brakingSpeed(0.5, Infinity, 0.25), 2);
    assert.equal(brakingSpeed(2, 1, 0), 2);
    for (const [distance, acceleration, expected] of [
      [0, 1, 0],
      [-1, 1, 0],
      [NaN, 1, 0],
      [1, 0, 0],
      [Infinity, 1, Infinity],
      [1e308, 1e-3, 0],
    ] as const)
      assert.equal(brakingSpeed(distance, acceleration, 0.02), expected, `${distance} ${acceleration}`);
  });
});

describe('brakingDistance', () => {
  it('has the sign of the velocity, and is 0 at rest', () => {
    assert.deepEqual(
      [brakingDistance(1, 2), brakingDistance(-1, 2), brakingDistance(0, 0), brakingDistance(3, Infinity)],
      [0.25, -0.25, 0, 0],
    );
  });
});

describe('clamp', () => {
  it('returns the nearest allowed value, the lower bound where the bounds contradict each other', () => {
    assert.deepEqual(
      [clamp(2, 0, 1), clamp(-1, 0, 1), clamp(0.5, 0, 1), clamp(5, 2, 1), clamp(0, 2, 1)],
      [1, 0, 0.5, 2, 2],
    );
  });

  it('returns a value at a bound as it is, with its sign of zero', () => {
    for (const [low, high] of [
      [0, 1],
      [-1, 0],
    ] as const)
      assert.ok(Object.is(clamp(-0, low, high), -0), `${low} to ${high}`);
  });
});
