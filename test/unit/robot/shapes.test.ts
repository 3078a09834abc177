import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  boundingCapsule,
  boxPoints,
  cylinderPoints,
  meshPoints,
  type Capsule,
} from '../../../src/robot/shapes/index.ts';

const point = fc.tuple(...[1, 0.2, 3].map((max) => fc.double({ min: -max, max, noNaN: true })));

function distance({ fromM, toM }: Capsule, at: readonly number[]): number {
  const along = fromM.map((value, k) => toM[k]! - value);
  const square = along.reduce((sum, value) => sum + value * value, 0);
  const t = square === 0 ? 0 : along.reduce((sum, value, k) => sum + value * (at[k]! - fromM[k]!), 0) / square;
  const clamped = Math.max(0, Math.min(1, t));
  return Math.hypot(...fromM.map((value, k) => at[k]! - value - clamped * along[k]!));
}

describe('a bounding capsule', () => {
  it('contains every point', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 40 }), (points) => {
        const capsule = boundingCapsule(points.flat())!;
        for (const at of points) assert.ok(distance(capsule, at) <= capsule.radiusM + 1e-9);
      }),
    );
  });

  it('is close around a rod in any direction, and a ball around a cube', () => {
    const rod = boundingCapsule(cylinderPoints(0.01, 0.2))!;
    assert.ok(Math.abs(rod.radiusM - 0.01) < 2e-4);
    assert.ok(Math.abs(Math.abs(rod.fromM[2]) - 0.2) < 1e-3);
    const turned: number[] = [];
    const flat = cylinderPoints(0.01, 0.2);
    for (let i = 0; i < flat.length; i += 3)
      turned.push((flat[i]! + flat[i + 2]!) / Math.SQRT2, flat[i + 1]!, (flat[i + 2]! - flat[i]!) / Math.SQRT2);
    assert.ok(Math.abs(boundingCapsule(turned)!.radiusM - 0.01) < 2e-4);
    const cube = boundingCapsule(boxPoints([1, 1, 1]))!;
    assert.ok(cube.radiusM <= Math.sqrt(3) + 1e-12);
  });

  it('does not exist without points', () => assert.equal(boundingCapsule([]), null));
});

describe('mesh files', () => {
  const text = new TextEncoder();

  it('give their corners: binary and text STL, OBJ', () => {
    const corners = [0, 0, 0, 1, 0, 0, 0, 2, 0];
    const binary = new Uint8Array(134);
    const view = new DataView(binary.buffer);
    view.setUint32(80, 1, true);
    corners.forEach((value, i) => view.setFloat32(96 + 4 * i, value, true));
    assert.deepEqual([...meshPoints(binary, 'a.STL')!], corners);
    const solid =
      'solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 2 0\nendloop\nendfacet\nendsolid';
    assert.deepEqual([...meshPoints(text.encode(solid), 'a.stl')!], corners);
    assert.deepEqual(
      [...meshPoints(text.encode('# o\nv 0 0 0\nv 1 0 0\nvn 1 1 1\nv 0 2 0\nf 1 2 3\n'), 'a.obj')!],
      corners,
    );
    assert.equal(meshPoints(text.encode('<COLLADA/>'), 'a.dae'), null);
  });

  it('that are damaged are refused by name', () => {
    const short = new Uint8Array(100);
    new DataView(short.buffer).setUint32(80, 0xffffffff, true);
    for (const [bytes, file] of [
      [short, 'a.stl'],
      [new Uint8Array(3), 'a.stl'],
      [text.encode('v 1 2 none\n'), 'a.obj'],
      [text.encode(''), 'a.obj'],
    ] as const)
      assert.throws(() => meshPoints(bytes, file), /^SoftqdError: a\.(stl|obj): the mesh/);
  });
});
