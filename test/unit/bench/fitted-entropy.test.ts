import assert from 'node:assert/strict';
import { fittedEntropy } from '../../../bench/support/fitted-entropy.ts';
import { randomPolicy } from '../../support/policies.ts';

/** A policy of three actions whose u = b + c xi: the network's output is b at any input. */
function gaussianPolicy(bias: number, latentSkip: number): ReturnType<typeof randomPolicy> {
  const actionNames = ['one', 'two', 'three'];
  const samplerLayers = [{ kind: 'dense', width: 4 }] as const;
  const policy = randomPolicy({ actionNames, latentSize: 3, latentSkip, samplerLayers });
  for (const [name, { data }] of policy.tensors) if (name.startsWith('sampler.')) data.fill(0);
  policy.tensors.get('sampler.1.bias')!.data.fill(bias);
  return policy;
}

/** E log(1 - tanh(b + c x)²), x ~ N(0, 1), by the trapezoidal rule. */
function squash(bias: number, spread: number): number {
  const h = 1e-3;
  let sum = 0;
  for (let x = -10; x <= 10; x += h)
    sum += (h * Math.exp((-x * x) / 2) * Math.log(1 / Math.cosh(bias + spread * x) ** 2)) / Math.sqrt(2 * Math.PI);
  return sum;
}

describe('fittedEntropy', () => {
  const observations = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 2)];

  for (const [bias, spread] of [
    [0, 0.5],
    [0.4, 0.05],
    [-3, 1.2],
  ] as const) {
    it(`is right for u ~ N(${bias}, ${spread}²) in three dimensions`, () => {
      const expected = 3 * (0.5 * Math.log(2 * Math.PI * Math.E * spread * spread) + squash(bias, spread));
      const fitted = fittedEntropy(gaussianPolicy(bias, spread), observations, 4000);
      assert.ok(Math.abs(fitted - expected) < 0.1, `${fitted}, not ${expected}`);
    });
  }

  it('sees that dimensions depend on each other', () => {
    // u = (x, x + 0.1 y): the determinant of the covariance is 0.01.
    const policy = randomPolicy({
      ...{ actionNames: ['one', 'two'], latentSize: 2, latentSkip: 0 },
      samplerLayers: [{ kind: 'dense', width: 2, relu: false }],
    });
    for (const [name, { data }] of policy.tensors) if (name.startsWith('sampler.')) data.fill(0);
    // Rows: three elements of the observation, two of the latent; from the first layer to u the identity.
    policy.tensors.get('sampler.0.weight')!.data.set([0, 0, 0, 0, 0, 0, 1, 1, 0, 0.1]);
    policy.tensors.get('sampler.1.weight')!.data.set([1, 0, 0, 1]);
    const spread = Math.sqrt(1.01);
    const expected = Math.log(2 * Math.PI * Math.E) + 0.5 * Math.log(0.01) + squash(0, 1) + squash(0, spread);
    const fitted = fittedEntropy(policy, observations, 4000);
    assert.ok(Math.abs(fitted - expected) < 0.1, `${fitted}, not ${expected}`);
  });
});
