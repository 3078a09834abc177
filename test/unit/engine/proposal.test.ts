import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { mixtureProposal } from '../../../src/engine/mathematics/proposal.ts';
import { logAbsDeterminant } from '../../../src/engine/mathematics/sampler-density.ts';
import { logSlope } from '../../../src/engine/mathematics/squash.ts';

describe('logSlope', () => {
  it('is log(1 - tanh(u)^2), also where tanh(u) rounds to 1', () => {
    for (const u of [-2, -0.3, 0, 0.7, 3]) assert.ok(Math.abs(logSlope(u) - Math.log(1 - Math.tanh(u) ** 2)) < 1e-12);
    for (const u of [25, -25, 400]) assert.ok(Math.abs(logSlope(u) - (Math.log(4) - 2 * Math.abs(u))) < 1e-9);
  });
});

describe('mixtureProposal', () => {
  const shape = { batch: 2, samples: 3, actionSize: 1 };

  it('has a density that integrates to 1 over the actions', () => {
    const cells = 3000;
    const actions = Float32Array.from({ length: cells }, (_, i) => -1 + (2 * (i + 0.5)) / cells);
    const { logDensity } = mixtureProposal(
      { batch: 1, samples: cells, actionSize: 1 },
      {
        centers: Float32Array.from({ length: cells }, (_, i) => [-1.5, 0, 0.4][i % 3]!),
        jitter: new Float32Array(cells),
        uniform: actions,
        choice: new Float32Array(cells),
      },
      { sigma: 0.2, uniformFraction: 0.1 },
    );
    const total = logDensity.reduce((sum, value) => sum + Math.exp(value), 0) * (2 / cells);
    assert.ok(Math.abs(total - 1) < 2e-3, `integral ${total}`);
  });

  it('draws sample j around center j of its state', () => {
    const centers = Float32Array.of(-2, -1, 0, 0.5, 1, 1.5);
    const none = new Float32Array(6);
    const { actions } = mixtureProposal(
      shape,
      { centers, jitter: none, uniform: none, choice: none },
      { sigma: 0.3, uniformFraction: 0 },
    );
    centers.forEach((c, i) => assert.ok(Math.abs(actions[i]! - Math.tanh(c)) < 1e-6));
  });

  it('keeps centers within |u| <= 3 and samples within |a| <= 0.9999', () => {
    const centers = Float32Array.of(50, -50, 3, 3, 3, 3);
    const jitter = Float32Array.of(0, 0, 100, -100, 0, 0);
    const none = new Float32Array(6);
    const { actions, logDensity } = mixtureProposal(
      shape,
      { centers, jitter, uniform: none, choice: none },
      { sigma: 0.3, uniformFraction: 0 },
    );
    assert.ok(Math.abs(actions[0]! - Math.tanh(3)) < 1e-6 && Math.abs(actions[1]! + Math.tanh(3)) < 1e-6);
    assert.ok(Math.abs(actions[2]! - 0.9999) < 1e-6 && Math.abs(actions[3]! + 0.9999) < 1e-6);
    assert.ok(logDensity.every(Number.isFinite));
  });

  it('draws the uniform action with the probability of the uniform part, and computes its density', () => {
    const samples = 20000;
    const random = new XoshiroRandom(2);
    const noise = {
      centers: new Float32Array(samples),
      jitter: new Float32Array(samples),
      uniform: new Float32Array(samples),
      choice: new Float32Array(samples),
    };
    random.fillUniform(noise.uniform, -1, 1);
    random.fillUniform(noise.choice, 0, 1);
    const { actions, logDensity } = mixtureProposal({ batch: samples / 4, samples: 4, actionSize: 1 }, noise, {
      sigma: 0.01,
      uniformFraction: 0.25,
    });
    const far = actions.map((a, i) => (Math.abs(a) > 0.1 ? logDensity[i]! : NaN)).filter(Number.isFinite);
    assert.ok(Math.abs(far.length / samples - 0.25 * 0.9) < 0.01);
    for (const value of far) assert.ok(Math.abs(value - Math.log(0.25 / 2)) < 1e-4);
  });
});

describe('logAbsDeterminant', () => {
  it('is that of the matrix for any order of its rows', () => {
    const matrices = Float32Array.of(9, 9, 0, 2, 1, 3, 0, 0, 1, 1, 4);
    const work = new Float64Array(9);
    assert.ok(
      Math.abs(logAbsDeterminant(matrices, 2, 3, work) - Math.log(Math.abs(0 - 2 * (12 - 0) + 1 * (3 - 0)))) < 1e-9,
    );
  });

  it('stays finite for a singular matrix', () => {
    assert.ok(Number.isFinite(logAbsDeterminant(new Float32Array(4), 0, 2, new Float64Array(4))));
  });
});
