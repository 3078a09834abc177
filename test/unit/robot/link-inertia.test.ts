import assert from 'node:assert/strict';
import { linkInertia, type LinkInertia } from '../../../src/robot/urdf/link-inertia.ts';
import type { Vector3 } from '../../../src/robot/kinematics-spec.ts';

function inertiaOf(momentsKgM2: Vector3, productsKgM2: Vector3 = [0, 0, 0]): LinkInertia {
  return linkInertia({ originM: [0, 0, 0], rpyRad: [0, 0, 0], massKg: 1, momentsKgM2, productsKgM2 }, true);
}

describe('the inertia of a link', () => {
  it('is as stated where a body may have it', () => {
    const { inertiaKgM2, note } = inertiaOf([0.002, 0.002, 0.001], [0.0001, 0, 0]);
    assert.deepEqual([inertiaKgM2, note], [[0.002, 0.002, 0.001, 0.0001, 0, 0], null]);
  });

  it('is replaced, with a note, where one moment is larger than the other two together', () => {
    // The second has the principal moments 0.001, 0.003 and 0.005: its axes are turned.
    for (const [moments, products, mean] of [
      [[1, 0.002, 0.001], [0, 0, 0], 1.003 / 3],
      [[0.003, 0.003, 0.003], [0.002, 0, 0], 0.003],
    ] as const) {
      const { inertiaKgM2, note } = inertiaOf(moments, products);
      assert.match(note!, /moments of inertia that no body has, one larger than the other two together; their mean/);
      [mean, mean, mean, 0, 0, 0].forEach((value, k) => assert.ok(Math.abs(inertiaKgM2[k]! - value) < 1e-12));
    }
  });

  it('of a plate, whose largest moment is the sum of the others, is as stated but for rounding', () => {
    for (const largest of [0.0025, 0.0025000001]) {
      const { inertiaKgM2, note } = inertiaOf([0.0012, 0.0013, largest]);
      assert.equal(note, null);
      [0.0012, 0.0013, largest].forEach((value, k) => assert.ok(Math.abs(inertiaKgM2[k]! - value) < 1.1e-8));
    }
  });
});
