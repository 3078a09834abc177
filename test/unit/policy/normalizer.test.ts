import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { Normalizer } from '../../../src/policy/index.ts';

const ROWS = 500;
const FLOOR = 0.01;

function rows(): Float32Array[] {
  const random = new XoshiroRandom(4);
  return Array.from({ length: ROWS }, () => Float32Array.of(1000 + random.normal(), -2 + 0.5 * random.normal(), 7));
}

describe('Normalizer', () => {
  it('has the mean and the standard deviation of its inputs, also far from zero', () => {
    const normalizer = new Normalizer(3, true, FLOOR);
    const all = rows();
    for (const row of all) normalizer.add(row);
    for (const i of [0, 1]) {
      const mean = all.reduce((sum, row) => sum + row[i]!, 0) / ROWS;
      const deviation = Math.sqrt(all.reduce((sum, row) => sum + (row[i]! - mean) ** 2, 0) / ROWS);
      assert.ok(Math.abs(normalizer.mean[i]! - mean) < 1e-4);
      assert.ok(Math.abs(normalizer.scale[i]! / deviation - 1) < 1e-5);
    }
  });

  it('divides an element that is nearly constant by the floor', () => {
    const normalizer = new Normalizer(3, true, FLOOR);
    for (const row of rows()) normalizer.add(row);
    assert.equal(normalizer.scale[2], Math.fround(FLOOR));
  });

  it('clips at ten standard deviations', () => {
    const normalizer = new Normalizer(3, true, FLOOR);
    for (const row of rows()) normalizer.add(row);
    const out = new Float32Array(3);
    normalizer.apply(Float32Array.of(1e6, -1e6, 7), out);
    assert.deepEqual([...out], [10, -10, 0]);
  });

  it('is the identity, without clipping, while disabled', () => {
    const normalizer = new Normalizer(3, false, FLOOR);
    for (const row of rows()) normalizer.add(row);
    const out = new Float32Array(6);
    normalizer.apply(Float32Array.of(1e6, -3, 0, 4, 5, 6), out);
    assert.deepEqual([...out], [1e6, -3, 0, 4, 5, 6]);
  });

  it('ignores an observation that is not finite', () => {
    const normalizer = new Normalizer(3, true, FLOOR);
    for (const row of rows()) normalizer.add(row);
    const before = normalizer.save();
    normalizer.add(Float32Array.of(1, NaN, 2));
    normalizer.add(Float32Array.of(Infinity, 1, 2));
    assert.deepEqual(normalizer.save(), before);
  });

  it('continues identically from a saved state', () => {
    const [straight, first, second] = [
      new Normalizer(3, true, FLOOR),
      new Normalizer(3, true, FLOOR),
      new Normalizer(3, true, FLOOR),
    ];
    const all = rows();
    all.forEach((row, i) => {
      straight.add(row);
      if (i < 200) first.add(row);
    });
    second.restore(JSON.parse(JSON.stringify(first.save())) as ReturnType<Normalizer['save']>);
    for (const row of all.slice(200)) second.add(row);
    assert.deepEqual(second.tensors(), straight.tensors());
  });
});
