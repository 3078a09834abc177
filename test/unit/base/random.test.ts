import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';

describe('XoshiroRandom', () => {
  it('generates the same numbers for the same seed and others for another seed', () => {
    const draw = (seed: number): number[] => {
      const random = new XoshiroRandom(seed);
      return Array.from({ length: 50 }, () => random.uniform());
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    assert.notDeepEqual(draw(7), draw(7 + 2 ** 32));
  });

  it('continues exactly from a saved state, also between the two normals of a pair', () => {
    const random = new XoshiroRandom(3);
    random.normal();
    const saved = random.save();
    const expected = Array.from({ length: 9 }, () => random.normal());
    const other = new XoshiroRandom(99);
    other.restore(JSON.parse(JSON.stringify(saved)) as typeof saved);
    assert.deepEqual(
      Array.from({ length: 9 }, () => other.normal()),
      expected,
    );
  });

  it('generates uniform numbers in [0, 1) with mean 1/2 and normals with mean 0, variance 1 and kurtosis 3', () => {
    const random = new XoshiroRandom(1);
    const n = 200000;
    let mean = 0;
    let normalMean = 0;
    let variance = 0;
    let fourth = 0;
    for (let i = 0; i < n; i++) {
      const u = random.uniform();
      assert.ok(u >= 0 && u < 1);
      mean += u / n;
      const z = random.normal();
      normalMean += z / n;
      variance += (z * z) / n;
      fourth += z ** 4 / n;
    }
    assert.ok(Math.abs(mean - 0.5) < 0.003, `${mean}`);
    assert.ok(Math.abs(normalMean) < 0.01, `${normalMean}`);
    assert.ok(Math.abs(variance - 1) < 0.015, `${variance}`);
    assert.ok(Math.abs(fourth - 3) < 0.1, `${fourth}`);
  });

  it('forks streams that depend on the label and the seed alone', () => {
    const fresh = new XoshiroRandom(5).fork('noise').uniform();
    const used = new XoshiroRandom(5);
    used.uniform();
    assert.equal(used.fork('noise').uniform(), fresh);
    assert.notEqual(used.fork('replay').uniform(), fresh);
    assert.notEqual(new XoshiroRandom(6).fork('noise').uniform(), fresh);
  });
});
