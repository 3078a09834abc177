import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { mixtureProposal, type ProposalSamples, uniformProposal } from '../../../src/engine/mathematics/proposal.ts';
import { samplerProposal } from '../../../src/engine/mathematics/sampler-density.ts';
import { softValue } from '../../../src/engine/mathematics/soft-value.ts';

const ALPHA = 0.7;
const SIGMA = 0.4;
const CENTERS = [-0.9, -0.2, 0.5, 1.1];

/** A smooth energy with two bumps in every dimension. */
function energy(action: readonly number[]): number {
  return action.reduce((sum, a) => sum + Math.cos(4 * a) - a * a + 0.4 * a, 0);
}

/** Midpoints of a grid over [-1, 1]^d. */
function grid(d: number, cells: number): number[][] {
  const axis = Array.from({ length: cells }, (_, i) => -1 + (2 * (i + 0.5)) / cells);
  return d === 1 ? axis.map((a) => [a]) : axis.flatMap((a) => axis.map((b) => [a, b]));
}

/** Cells a dimension of the grids, by d. */
const CELLS = [0, 2000, 160];

function integrate(d: number, f: (action: readonly number[]) => number): number {
  const cells = CELLS[d]!;
  return grid(d, cells).reduce((sum, action) => sum + f(action), 0) * (2 / cells) ** d;
}

/** The mixture around CENTERS (the same in every dimension), written out. */
function mixtureDensity(action: readonly number[], beta: number): number {
  const u = action.map(Math.atanh);
  const kernel = (c: number): number =>
    u.reduce((product, x) => (product * Math.exp(-0.5 * ((x - c) / SIGMA) ** 2)) / (SIGMA * Math.sqrt(2 * Math.PI)), 1);
  const slope = action.reduce((product, a) => product * (1 - a * a), 1);
  return (
    beta * 2 ** -action.length + ((1 - beta) * CENTERS.reduce((sum, c) => sum + kernel(c), 0)) / CENTERS.length / slope
  );
}

/** The one-sample-a-component draws of many states, all with the same centers. */
function drawMixture(d: number, states: number, beta: number): ProposalSamples {
  const random = new XoshiroRandom(21);
  const rows = states * CENTERS.length;
  const noise = {
    centers: Float32Array.from({ length: rows * d }, (_, i) => CENTERS[Math.floor(i / d) % CENTERS.length]!),
    jitter: new Float32Array(rows * d),
    uniform: new Float32Array(rows * d),
    choice: new Float32Array(rows),
  };
  random.fillNormal(noise.jitter);
  random.fillUniform(noise.uniform, -1, 1);
  random.fillUniform(noise.choice, 0, 1);
  const shape = { batch: states, samples: CENTERS.length, actionSize: d };
  return mixtureProposal(shape, noise, { sigma: SIGMA, uniformFraction: beta });
}

function drawUniform(d: number, samples: number): ProposalSamples {
  const uniform = new Float32Array(samples * d);
  new XoshiroRandom(22).fillUniform(uniform, -1, 1);
  return uniformProposal({ batch: 1, samples, actionSize: d }, uniform);
}

/** A linear sampler u = A xi + c, whose density over actions is known. */
const MATRIX = [
  [0.6, 0.2],
  [-0.3, 0.5],
];
const SHIFT = [0.1, -0.2];

function drawSampler(d: number, samples: number): ProposalSamples {
  const latents = new Float32Array(samples * d);
  new XoshiroRandom(23).fillNormal(latents);
  const u = new Float32Array(samples * d);
  const jacobians = new Float32Array(samples * d * d);
  for (let row = 0; row < samples; row++) {
    for (let i = 0; i < d; i++) {
      u[row * d + i] = SHIFT[i]!;
      for (let k = 0; k < d; k++) {
        u[row * d + i]! += MATRIX[i]![k]! * latents[row * d + k]!;
        jacobians[(row * d + k) * d + i] = MATRIX[i]![k]!;
      }
    }
  }
  return samplerProposal({ batch: 1, samples, actionSize: d }, { latents, u, jacobians });
}

function samplerDensity(action: readonly number[]): number {
  const d = action.length;
  const v = action.map((a, i) => Math.atanh(a) - SHIFT[i]!);
  const slope = action.reduce((product, a) => product * (1 - a * a), 1);
  if (d === 1) return Math.exp(-0.5 * (v[0]! / 0.6) ** 2) / (0.6 * Math.sqrt(2 * Math.PI)) / slope;
  const determinant = 0.6 * 0.5 + 0.3 * 0.2;
  const xi = [(0.5 * v[0]! - 0.2 * v[1]!) / determinant, (0.3 * v[0]! + 0.6 * v[1]!) / determinant];
  return Math.exp(-0.5 * (xi[0]! ** 2 + xi[1]! ** 2)) / (2 * Math.PI) / determinant / slope;
}

/** One value from all samples at once, so that only the estimator's formula is measured. */
function estimate(samples: ProposalSamples, d: number, importanceExponent: number): number {
  const count = samples.logDensity.length;
  const q = Float32Array.from({ length: count }, (_, j) => energy([...samples.actions.subarray(j * d, j * d + d)]));
  return softValue({ q, logDensity: samples.logDensity, samples: count, alpha: ALPHA, importanceExponent })[0]!;
}

/** The same by integration: (alpha / lambda) log of the integral of q (exp(Q / alpha) / q)^lambda. */
function exact(d: number, importanceExponent: number, density: (action: readonly number[]) => number): number {
  let [total, sumLogWeight] = [0, 0];
  integrate(d, (a) => {
    const q = density(a);
    if (q < 1e-300) return 0;
    const logWeight = energy(a) / ALPHA - Math.log(q);
    const weight = q * Math.exp(importanceExponent * logWeight);
    total += weight;
    sumLogWeight += weight * logWeight;
    return 0;
  });
  const integral = (total * 2 ** d) / CELLS[d]! ** d;
  return importanceExponent === 0 ? (ALPHA * sumLogWeight) / total : (ALPHA / importanceExponent) * Math.log(integral);
}

describe('softValue', () => {
  for (const d of [1, 2]) {
    const proposals: [string, ProposalSamples, (action: readonly number[]) => number][] = [
      ['uniform', drawUniform(d, 60000), () => 2 ** -d],
      ['mixture', drawMixture(d, 15000, 0), (a) => mixtureDensity(a, 0)],
      ['mixture with a uniform quarter', drawMixture(d, 15000, 0.25), (a) => mixtureDensity(a, 0.25)],
      ['sampler', drawSampler(d, 60000), samplerDensity],
    ];
    for (const [name, samples, density] of proposals) {
      for (const importanceExponent of [0, 0.3, 1]) {
        it(`agrees with numerical integration in ${d}-D for proposal ${name} and tilt ${importanceExponent}`, () => {
          const have = estimate(samples, d, importanceExponent);
          const want = exact(d, importanceExponent, density);
          assert.ok(Math.abs(have - want) < 0.03, `V ${have} instead of ${want}`);
        });
      }
    }

    it(`has at tilt 1 the same value in ${d}-D for any proposal`, () => {
      const normalizer = integrate(d, (a) => Math.exp(energy(a) / ALPHA));
      for (const [name, samples] of proposals)
        assert.ok(Math.abs(estimate(samples, d, 1) - ALPHA * Math.log(normalizer)) < 0.03, name);
    });
  }

  it('grows by alpha d log 2 when Q is the same everywhere', () => {
    const logDensity = new Float32Array(8).fill(-3 * Math.log(2));
    const values = softValue({
      q: new Float32Array(8).fill(5),
      logDensity,
      samples: 4,
      alpha: 0.2,
      importanceExponent: 1,
    });
    for (const value of values) assert.ok(Math.abs(value - (5 + 0.2 * 3 * Math.log(2))) < 1e-6);
  });

  it('keeps its precision when Q over alpha is in the thousands', () => {
    const values = softValue({
      q: Float32Array.of(-3000, -3001),
      logDensity: Float32Array.of(0, 0),
      samples: 2,
      alpha: 1e-3,
      importanceExponent: 1,
    });
    assert.ok(Math.abs(values[0]! - (-3000 - 1e-3 * Math.log(2))) < 1e-3);
  });

  it('converges to its limit as the tilt approaches 0', () => {
    const samples = drawMixture(1, 50, 0.1);
    const small = estimate(samples, 1, 1e-4);
    const zero = estimate(samples, 1, 0);
    assert.ok(Math.abs(small - zero) < 1e-3);
  });
});
