import assert from 'node:assert/strict';
import { BoundedSeries, contourPath, evenLevels, sampleField } from '../../../src/report/index.ts';
import { parseCurve } from '../../../src/runs/curve.ts';
import { formatDuration, formatNumber, formatTick } from '../../../src/report/html.ts';
import { linearScale, logScale, tightScale } from '../../../src/report/scale.ts';

const pixels = { from: 0, to: 100 };

describe('the curves of a report', () => {
  it('stay bounded and keep mean, minimum and maximum', () => {
    const series = new BoundedSeries(50);
    for (let i = 0; i < 10_000; i++) series.add(i, i % 7);
    series.add(NaN, 1);
    series.add(1, Infinity);
    assert.ok(series.points.length <= 50 && series.points.length > 25);
    assert.equal(
      series.points.reduce((sum, point) => sum + point.count, 0),
      10_000,
    );
    const total = series.points.reduce((sum, point) => sum + point.mean * point.count, 0);
    assert.ok(Math.abs(total - Array.from({ length: 10_000 }, (_, i) => i % 7).reduce((a, b) => a + b)) < 1e-6);
    assert.ok(series.points.every(({ min, max }) => min === 0 && max === 6));
    assert.equal(series.points.at(-1)?.x, 9999);
    assert.equal(series.points[0]?.count, series.valuesPerPoint);
  });

  it('keep all points below the bound', () => {
    const series = new BoundedSeries(3);
    series.add(1, 5);
    series.add(2, -1);
    assert.deepEqual(series.points, [
      { x: 1, mean: 5, min: 5, max: 5, count: 1 },
      { x: 2, mean: -1, min: -1, max: -1, count: 1 },
    ]);
  });

  it('are read by the names of the header, without truncated or other lines', () => {
    const rows = parseCurve(
      'mode,step,episode,std,mean,updates,alpha,entropy,wallS\nbest,5,1,2,3,4,,6,7\nbest,x,1,2,3,4,5,6,7\nbest,6',
    );
    assert.deepEqual(rows, [
      { step: 5, episode: 1, mode: 'best', mean: 3, std: 2, updates: 4, alpha: null, entropy: 6, wallS: 7 },
    ]);
    assert.deepEqual(parseCurve(''), []);
  });

  it('have round ticks that span the values, on any range', () => {
    assert.deepEqual(linearScale([-1365, -164], pixels, 5).ticks, [-1500, -1000, -500, 0]);
    assert.deepEqual(tightScale([0, 3000], pixels, 5).ticks, [0, 1000, 2000, 3000]);
    assert.deepEqual(linearScale([0.1, 0.2], pixels, 5).ticks, [0.1, 0.12, 0.14, 0.16, 0.18, 0.2]);
    assert.deepEqual(logScale([0.02, 30], pixels).ticks, [0.01, 0.1, 1, 10, 100]);
    for (const values of [[], [5], [0, 0], [NaN, 3], [10.00000003, 10.00000004], [-1e12, 1e12], [1e-9, 3e-9]]) {
      for (const scale of [linearScale(values, pixels, 5), tightScale(values, pixels, 5), logScale(values, pixels)]) {
        assert.ok(scale.ticks.length >= 1 && scale.ticks.length <= 14, JSON.stringify([values, scale.ticks]));
        assert.ok(scale.ticks.every(Number.isFinite));
        const places = values.filter((value) => value > 0).map((value) => scale.place(value));
        assert.ok(places.every((place) => place >= -1e-6 && place <= 100 + 1e-6));
      }
    }
  });

  it('are labeled with readable numbers', () => {
    assert.deepEqual(
      [-1365.07, 12345, 0.00467, 1e-7, 0, -1, 2e10, NaN].map((x) => formatNumber(x)),
      [...['−1,365', '12,345', '0.004670', '1.00e-7', '0', '−1', '2.00e+10', '–']],
    );
    assert.deepEqual([2500, 20000, 1.5e6, 0.1, 1e-4].map(formatTick), ['2500', '20k', '1.5M', '0.1', '1e-4']);
    assert.deepEqual([52.2, 190, 7500].map(formatDuration), ['52 s', '3 min 10 s', '2 h 5 min']);
  });
});

describe('contours', () => {
  const points = (path: string): [number, number][] =>
    [...path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])]);

  it('follow the circle of a cone', () => {
    const cone = sampleField(81, { from: -2, to: 2 }, (x, y) => Math.hypot(x, y));
    const path = points(contourPath(cone, 1, (x, y) => [1000 * x, 1000 * y]));
    assert.ok(path.length > 100);
    for (const [x, y] of path) assert.ok(Math.abs(Math.hypot(x, y) - 1000) < 2, `${x} ${y}`);
    for (let corner = 0; corner < 4; corner++) {
      const [sx, sy] = [corner & 1 ? 1 : -1, corner & 2 ? 1 : -1];
      assert.ok(path.some(([x, y]) => x * sx > 600 && y * sy > 600));
    }
  });

  it('never cross in a saddle', () => {
    for (const sign of [1, -1]) {
      const saddle = sampleField(2, { from: -1, to: 1 }, (x, y) => sign * x * y + 0.1);
      const [a, b, c, d] = points(contourPath(saddle, 0, (x, y) => [100 * x, 100 * y]));
      const side = (p: [number, number]): number => (b![0] - a![0]) * (p[1] - a![1]) - (b![1] - a![1]) * (p[0] - a![0]);
      assert.ok(side(c!) * side(d!) > 0);
      // The middle (0.1) is above the level: it belongs to neither corner.
      assert.ok(side([0, 0]) * side(c!) > 0);
    }
  });

  it('have evenly spaced levels inside the range, none for a flat field', () => {
    assert.deepEqual(
      evenLevels(
        sampleField(3, { from: 0, to: 1 }, (x) => 4 * x),
        3,
      ),
      [1, 2, 3],
    );
    assert.deepEqual(
      evenLevels(
        sampleField(3, { from: 0, to: 1 }, () => 2),
        3,
      ),
      [],
    );
  });
});
