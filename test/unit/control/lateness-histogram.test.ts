import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { LatenessHistogram } from '../../../src/control/index.ts';

describe('LatenessHistogram', () => {
  it('agrees with exact quantiles to 1.2 %', () => {
    const random = new XoshiroRandom(4);
    const histogram = new LatenessHistogram();
    const values = Array.from({ length: 20000 }, () => Math.exp(random.normal() * 1.5 + 5));
    for (const us of values) histogram.add(us * 1000);
    values.sort((a, b) => a - b);
    for (const part of [0.01, 0.5, 0.99, 0.999]) {
      const exact = values[Math.ceil(part * values.length) - 1]!;
      assert.ok(
        Math.abs(histogram.quantileUs(part) / exact - 1) < 0.012,
        `${part}: ${histogram.quantileUs(part)} vs ${exact}`,
      );
    }
    assert.equal(histogram.summary().max, Math.round(values.at(-1)! * 10) / 10);
  });

  it('counts early as on time, clamps values beyond its range, and is zero while empty', () => {
    const histogram = new LatenessHistogram();
    assert.deepEqual(histogram.summary(), { p50: 0, p99: 0, p999: 0, max: 0 });
    histogram.add(-5e6);
    histogram.add(60e9);
    assert.equal(histogram.summary().max, 60e6);
    assert.equal(histogram.quantileUs(0.5), 0 + histogram.quantileUs(0.4));
    assert.equal(histogram.count, 2);
  });
});
