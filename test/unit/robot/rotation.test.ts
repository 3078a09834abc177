import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { rotationAbout, rotationVectorOf } from '../../../src/robot/rotation.ts';

const random = new XoshiroRandom(1);

function unitVector(): [number, number, number] {
  const vector = [random.normal(), random.normal(), random.normal()] as const;
  const length = Math.hypot(...vector);
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}

describe('the rotation vector of a rotation', () => {
  for (const angleRad of [0, 1e-9, 1e-3, 1, 3, Math.PI - 1e-6]) {
    it(`is axis times angle, ${angleRad} rad`, () => {
      for (let i = 0; i < 100; i++) {
        const axis = unitVector();
        rotationVectorOf(rotationAbout(axis, angleRad)).forEach((value, k) => {
          assert.ok(Math.abs(value - angleRad * axis[k]!) < 1e-12 * Math.max(1, angleRad) + 1e-9 * angleRad);
        });
      }
    });
  }

  it('is half a turn about the axis in either direction, also about the axes of the frame', () => {
    for (const axis of [[1, 0, 0], [0, 1, 0], [0, 0, 1], unitVector()] as const) {
      const vector = rotationVectorOf(rotationAbout(axis, Math.PI));
      const along = vector.reduce((sum, value, k) => sum + value * axis[k]!, 0);
      assert.ok(Math.abs(Math.abs(along) - Math.PI) < 1e-9, String(vector));
    }
  });

  it('is at most half a turn', () => {
    const [x, y, z] = rotationVectorOf(rotationAbout([0, 0, 1], 2 * Math.PI - 0.5));
    assert.ok(Math.hypot(x, y, z + 0.5) < 1e-12);
  });
});
