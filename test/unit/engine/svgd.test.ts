import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { bandwidth, bandwidthFactor, lowerMedian } from '../../../src/engine/mathematics/kernel.ts';
import { scores } from '../../../src/engine/mathematics/score.ts';
import { svgd, type SvgdOptions } from '../../../src/engine/mathematics/svgd.ts';

const CROSS: SvgdOptions = {
  fixedParticles: 2,
  updatedParticles: 1,
  sharedParticles: false,
  kernelDistances: 'cross',
  kernelFactor: 'log-plus-one',
  repulsion: true,
};

function close(actual: number, expected: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} instead of ${expected}`);
}

describe('the bandwidth', () => {
  it('uses the lower median', () => {
    assert.equal(lowerMedian(Float64Array.of(4, 1, 3, 2), 4), 2);
    assert.equal(lowerMedian(Float64Array.of(5, 1, 9), 3), 5);
    assert.equal(lowerMedian(Float64Array.of(7, 1, 9, 100, 100), 3), 7);
    assert.equal(lowerMedian(new Float64Array(1), 0), 0);
  });

  it('divides by the logarithm of the particles and has a floor', () => {
    close(bandwidthFactor('two-log-plus-one', 32), 2 * Math.log(33));
    close(bandwidthFactor('log', 8), Math.log(8));
    close(bandwidthFactor('log-plus-one', 8), Math.log(9));
    close(bandwidth(6, 2), 3);
    assert.equal(bandwidth(0, 2), 1e-3);
  });
});

describe('svgd', () => {
  it('equals the precomputed field of two particles in 1-D', () => {
    // x = 0, 1 with scores 2, -3; y = 0.5: both distances 0.25, h = 0.25 / log 3, k = exp(-log 3) = 1/3;
    // phi = 1/2 (1/3 (2 + 2/h (0.5)) + 1/3 (-3 + 2/h (-0.5))) = -1/6.
    const phi = svgd(
      {
        fixed: Float32Array.of(0, 1),
        scores: Float32Array.of(2, -3),
        updated: Float32Array.of(0.5),
        batch: 1,
        size: 1,
      },
      CROSS,
    );
    close(phi[0]!, -1 / 6);
  });

  it('equals the precomputed field with the median of the fixed pairs', () => {
    // x = 0, 1, 3: pairs 1, 4, 9, median 4, h = 4 / (2 log 4); y = 0, no scores: repulsion only.
    const h = 4 / (2 * Math.log(4));
    const expected = ((Math.exp(-1 / h) * 2 * -1) / h + (Math.exp(-9 / h) * 2 * -3) / h) / 3;
    const phi = svgd(
      { fixed: Float32Array.of(0, 1, 3), scores: new Float32Array(3), updated: Float32Array.of(0), batch: 1, size: 1 },
      { ...CROSS, fixedParticles: 3, kernelDistances: 'fixed', kernelFactor: 'two-log-plus-one' },
    );
    close(phi[0]!, expected);
  });

  it('uses one bandwidth per state and one kernel for both dimensions', () => {
    // State 0: x = (0, 0), y = (1, 1); state 1: x = (0, 0), y = (3, 4): d2 = 2 and 25, one pair each, h = d2 / log 2, k = 1/2.
    const phi = svgd(
      {
        fixed: new Float32Array(4),
        scores: Float32Array.of(1, 0, 0, 1),
        updated: Float32Array.of(1, 1, 3, 4),
        batch: 2,
        size: 2,
      },
      { ...CROSS, fixedParticles: 1 },
    );
    const push = (d2: number): number => (0.5 * 2 * Math.log(2)) / d2;
    [0.5 + push(2), push(2), 3 * push(25), 0.5 + 4 * push(25)].forEach((value, i) => close(phi[i]!, value));
  });

  it('equals the score for a single particle: k = 1 and its gradient 0', () => {
    const u = Float32Array.of(0.3, -0.4);
    const phi = svgd(
      { fixed: u, scores: Float32Array.of(5, -7), updated: u, batch: 1, size: 2 },
      { ...CROSS, fixedParticles: 1 },
    );
    assert.deepEqual([...phi], [5, -7]);
  });

  it('leaves the own score out with one set for both sides, with the median of the distinct pairs', () => {
    // d2 of the pairs is 1, 4, 1: h = 1 / log 4; each particle is moved by the two others.
    const x = Float32Array.of(0, 1, 2);
    const scores = [5, -7, 3];
    const phi = svgd(
      { fixed: x, scores: Float32Array.from(scores), updated: x, batch: 1, size: 1 },
      { ...CROSS, fixedParticles: 3, updatedParticles: 9, sharedParticles: true },
    );
    const h = 1 / Math.log(4);
    x.forEach((y, j) => {
      const others = [0, 1, 2].filter((i) => i !== j);
      const terms = others.map((i) => Math.exp(-((x[i]! - y) ** 2) / h) * (scores[i]! + (2 / h) * (y - x[i]!)));
      close(phi[j]!, (terms[0]! + terms[1]!) / 2);
    });
  });

  it('only attracts without repulsion', () => {
    const input = {
      fixed: Float32Array.of(0, 1),
      scores: new Float32Array(2),
      updated: Float32Array.of(0.2),
      batch: 1,
      size: 1,
    };
    assert.equal(svgd(input, { ...CROSS, repulsion: false })[0], 0);
    assert.notEqual(svgd(input, CROSS)[0], 0);
  });
});

/** Particles that follow phi themselves, all of them fixed and updated at once, until they rest. */
function flow(size: number, start: Float32Array, score: (x: readonly number[]) => number[], steps = 600): Float32Array {
  const particles = start.length / size;
  const options: SvgdOptions = { ...CROSS, fixedParticles: particles, updatedParticles: particles };
  const x = start.slice();
  const history = new Float32Array(start.length);
  for (let t = 0; t < steps; t++) {
    const gradients = Float32Array.from(
      Array.from({ length: particles }, (_, i) => score([...x.subarray(i * size, i * size + size)])).flat(),
    );
    const phi = svgd({ fixed: x, scores: gradients, updated: x, batch: 1, size }, options);
    // The adaptive step of Liu and Wang's own experiments.
    phi.forEach((p, i) => {
      history[i] = t === 0 ? p * p : 0.9 * history[i]! + 0.1 * p * p;
      x[i]! += (0.02 * p) / (1e-6 + Math.sqrt(history[i]));
    });
  }
  return x;
}

function moments(x: Float32Array, size: number, dimension: number): { mean: number; variance: number } {
  const values = x.filter((_, i) => i % size === dimension);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

describe('particles under svgd', () => {
  const random = new XoshiroRandom(31);
  const start = (count: number): Float32Array => {
    const x = new Float32Array(count);
    random.fillNormal(x);
    return x;
  };

  it('converge to the mean and the variance of a Gaussian in 1-D', () => {
    const { mean, variance } = moments(
      flow(1, start(60), ([x]) => [-(x! - 1) / 0.25]),
      1,
      0,
    );
    close(mean, 1, 0.05);
    close(variance / 0.25, 1, 0.15);
  });

  it('converge to the means and the variances of a Gaussian in 2-D', () => {
    const x = flow(2, start(140), ([a, b]) => [-(a! + 0.5) / 0.3, -(b! - 1) / 1.2], 400);
    close(moments(x, 2, 0).mean, -0.5, 0.1);
    close(moments(x, 2, 1).mean, 1, 0.1);
    close(moments(x, 2, 0).variance / 0.3, 1, 0.25);
    close(moments(x, 2, 1).variance / 1.2, 1, 0.25);
  });

  /** grad log of an equal mixture of two Gaussians of deviation 0.5 at -1 and 1, by the first coordinate. */
  const twoModes = (x: number): number => {
    const right = 1 / (1 + Math.exp((-2 * x) / 0.25));
    return (right * (1 - x) + (1 - right) * (-1 - x)) / 0.25;
  };

  it('cover two modes in 1-D', () => {
    const x = flow(1, start(60), ([a]) => [twoModes(a!)]);
    close(x.filter((a) => a > 0).length / 60, 0.5, 0.08);
    close(
      moments(
        x.filter((a) => a > 0),
        1,
        0,
      ).mean,
      1,
      0.15,
    );
    close(moments(x, 1, 0).variance / 1.25, 1, 0.15);
  });

  it('cover two modes in 2-D', () => {
    const x = flow(2, start(160), ([a, b]) => [twoModes(a!), -b! / 0.25], 400);
    const first = x.filter((_, i) => i % 2 === 0);
    close(first.filter((a) => a > 0).length / 80, 0.5, 0.12);
    close(moments(x, 2, 0).variance / 1.25, 1, 0.2);
    close(moments(x, 2, 1).variance / 0.25, 1, 0.3);
  });

  it('converge to the mode without repulsion', () => {
    const particles = 20;
    const options = { ...CROSS, fixedParticles: particles, updatedParticles: particles, repulsion: false };
    let x: Float32Array = start(particles);
    for (let t = 0; t < 2000; t++) {
      const phi = svgd({ fixed: x, scores: x.map((a) => -(a - 0.4)), updated: x, batch: 1, size: 1 }, options);
      x = x.map((a, i) => a + 0.1 * phi[i]!);
    }
    for (const a of x) close(a, 0.4, 0.02);
  });
});

describe('scores', () => {
  const u = Float32Array.of(0.5, -2);
  const actionGradients = Float32Array.of(3, -1);
  const a = [...u].map(Math.tanh);

  it('are the gradient of Q / alpha + log(1 - a^2) by u in u-space', () => {
    const have = scores({ u, actionGradients, alpha: 0.5, space: 'pre-tanh' });
    // Q linear in a with these slopes: differentiate numerically.
    const logP = (i: number, x: number): number =>
      (actionGradients[i]! * Math.tanh(x)) / 0.5 + Math.log(1 - Math.tanh(x) ** 2);
    u.forEach((x, i) => close(have[i]!, (logP(i, x + 1e-5) - logP(i, x - 1e-5)) / 2e-5, 1e-4));
  });

  it('are the gradient over alpha in action space', () => {
    assert.deepEqual([...scores({ u, actionGradients, alpha: 0.5, space: 'action' })], [6, -2]);
  });

  it('place the barrier as the released code does: the mode of Q = a is at 0.41, of Q = 5a at 0.82', () => {
    for (const [slope, mode] of [
      [1, Math.SQRT2 - 1],
      [5, (Math.sqrt(26) - 1) / 5],
    ] as const) {
      const at = Float32Array.of(Math.atanh(mode));
      close(
        scores({ u: at, actionGradients: Float32Array.of(slope), alpha: 1, space: 'action-released' })[0]!,
        0,
        1e-4,
      );
    }
    close(a[0]!, Math.tanh(0.5));
  });
});
