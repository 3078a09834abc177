import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { drawNoise, initialState, noiseFor, stateShapes } from '../../../src/engine/index.ts';
import { checkOptions } from '../../../src/engine/options/index.ts';
import { adamStep, globalNorm } from '../../../src/engine/mathematics/adam.ts';
import { stepTarget } from '../../../src/engine/mathematics/targets.ts';
import { stepLogAlpha } from '../../../src/engine/mathematics/temperature.ts';
import { PRESETS, presetOptions } from '../../support/learning.ts';
import { withWidths } from '../../support/networks.ts';

const SIZE = { observationSize: 3, actionSize: 2 };
const OPTIONS = presetOptions('default', SIZE, { widths: [6, 5], batchSize: 4, valueSamples: 3 });

describe('adamStep', () => {
  const options = { adamBeta1: 0.9, adamBeta2: 0.999, adamEpsilon: 1e-8 };

  it('moves by the learning rate against the sign at the first step', () => {
    const slot = {
      parameter: Float32Array.of(1, 1),
      gradient: Float32Array.of(1e-3, -50),
      m: new Float32Array(2),
      v: new Float32Array(2),
    };
    adamStep(slot, 1, { learningRate: 0.01, weightDecay: 0 }, options);
    assert.ok(Math.abs(slot.parameter[0]! - 0.99) < 1e-6 && Math.abs(slot.parameter[1]! - 1.01) < 1e-6);
  });

  it('follows the published rule at later steps, epsilon outside the root', () => {
    const slot = {
      parameter: Float32Array.of(0),
      gradient: Float32Array.of(0),
      m: new Float32Array(1),
      v: new Float32Array(1),
    };
    let [m, v, p] = [0, 0, 0];
    [0.3, -0.1, 1e-9, 0.2].forEach((g, i) => {
      slot.gradient[0] = g;
      adamStep(slot, i + 1, { learningRate: 0.05, weightDecay: 0.2 }, { ...options, adamEpsilon: 0.1 });
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      p = (1 - 0.05 * 0.2) * p - (0.05 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 0.1);
      assert.ok(Math.abs(slot.parameter[0]! - p) < 1e-6);
    });
  });

  it('returns a norm that is not finite for any gradient that is not finite', () => {
    assert.equal(globalNorm([Float32Array.of(3), Float32Array.of(0, 4)]), 5);
    assert.ok(!Number.isFinite(globalNorm([Float32Array.of(NaN)])));
    assert.ok(!Number.isFinite(globalNorm([Float32Array.of(Infinity)])));
  });
});

describe('stepTarget', () => {
  it('updates softly by tau, or copies at the given updates only', () => {
    const online = Float32Array.of(2);
    const soft = Float32Array.of(1);
    stepTarget(soft, online, 7, { targetTau: 0.25, targetCopyUpdates: 0 });
    assert.equal(soft[0], 1.25);
    const hard = Float32Array.of(1);
    for (const [update, expected] of [
      [999, 1],
      [1000, 2],
    ] as const) {
      stepTarget(hard, online, update, { targetTau: 0, targetCopyUpdates: 1000 });
      assert.equal(hard[0], expected);
    }
  });
});

describe('stepLogAlpha', () => {
  const step = { learningRate: 0.1, targetEntropy: -2, alphaMin: 1e-3, alphaMax: 10 };

  it('raises the temperature of a policy with too little entropy and lowers it otherwise', () => {
    assert.ok(Math.abs(stepLogAlpha(0, { ...step, entropy: -3 }) - 0.1) < 1e-12);
    assert.ok(Math.abs(stepLogAlpha(0, { ...step, entropy: -1.5 }) + 0.05) < 1e-12);
  });

  it('moves by at most two learning rates and stays within its bounds', () => {
    assert.ok(Math.abs(stepLogAlpha(0, { ...step, entropy: -100 }) - 0.2) < 1e-12);
    assert.ok(Math.abs(stepLogAlpha(0, { ...step, entropy: 100 }) + 0.2) < 1e-12);
    assert.equal(stepLogAlpha(5, { ...step, entropy: -100 }), Math.log(10));
    assert.equal(stepLogAlpha(-9, { ...step, entropy: 100 }), Math.log(1e-3));
  });
});

describe('initialState', () => {
  it('depends only on the seed and starts with targets as copies and moments at 0', () => {
    const state = initialState(OPTIONS, new XoshiroRandom(5));
    assert.deepEqual(state, initialState(OPTIONS, new XoshiroRandom(5)));
    assert.notDeepEqual(state.tensors, initialState(OPTIONS, new XoshiroRandom(6)).tensors);
    assert.deepEqual([...state.tensors.keys()].sort(), [...stateShapes(OPTIONS).keys()].sort());
    for (const [name, { data }] of state.tensors) {
      if (name.startsWith('target_')) assert.deepEqual(data, state.tensors.get(name.slice(7))!.data);
      if (name.startsWith('adam.')) assert.ok(data.every((x) => x === 0));
      if (name.endsWith('norm.scale') && !name.startsWith('adam.')) assert.ok(data.every((x) => x === 1));
    }
    assert.ok(Math.abs(state.tensors.get('log_alpha')!.data[0]! - Math.log(OPTIONS.initialAlpha)) < 1e-6);
  });

  it('spreads weights and biases over +-1/sqrt(inputs)', () => {
    const { tensors } = initialState(withWidths(OPTIONS, [100, 64]), new XoshiroRandom(5));
    const { data } = tensors.get('critic0.1.weight')!;
    const largest = data.reduce((high, x) => Math.max(high, Math.abs(x)), 0);
    const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
    assert.ok(largest <= 0.1 && largest > 0.099);
    assert.ok(Math.abs(variance - 0.01 / 3) < 2e-4);
    assert.ok(tensors.get('sampler.0.bias')!.data.every((x) => Math.abs(x) <= 1 / Math.sqrt(5)));
  });

  it('adds a target sampler for action-value only', () => {
    const has = (criticTarget: 'soft-value' | 'action-value'): boolean =>
      initialState({ ...OPTIONS, criticTarget }, new XoshiroRandom(1)).tensors.has('target_sampler.0.weight');
    assert.equal(has('soft-value'), false);
    assert.equal(has('action-value'), true);
  });
});

describe('the noise of an update', () => {
  it('draws only the arrays that the preset uses, in a fixed order', () => {
    const drawnNumbers: Record<string, string[]> = {};
    for (const preset of PRESETS) {
      const options = presetOptions(preset, SIZE, { batchSize: 2 });
      const noise = noiseFor(options);
      drawNoise(new XoshiroRandom(4), options, noise);
      drawnNumbers[preset] = Object.entries(noise)
        .filter(([, array]) => (array as Float32Array).some((x) => x !== 0))
        .map(([name]) => name);
    }
    assert.deepEqual(drawnNumbers, {
      paper: ['valueUniform', 'fixedLatents', 'updatedLatents'],
      released: ['valueUniform', 'fixedLatents', 'updatedLatents'],
      default: ['valueLatents', 'fixedLatents'],
      fast: ['valueLatents', 'fixedLatents'],
      map: ['valueLatents', 'valueJitter', 'fixedLatents', 'updatedLatents'],
      ddpg: [],
    });
  });

  it('differs for every state of the batch', () => {
    const options = presetOptions('paper', SIZE, { batchSize: 2, valueSamples: 2 });
    const noise = noiseFor(options);
    drawNoise(new XoshiroRandom(4), options, noise);
    const values = [...noise.valueUniform];
    assert.equal(values.length, 8);
    assert.notDeepEqual(values.slice(0, 4), values.slice(4));
    assert.ok(values.every((a) => a >= -1 && a < 1));
  });
});

describe('checkOptions', () => {
  it('accepts every preset', () => {
    for (const preset of PRESETS) checkOptions(presetOptions(preset, SIZE));
  });

  it('rejects a latent of another size than the action where its density or the skip is needed', () => {
    const free = { ...OPTIONS, latentSize: 7, latentSkip: 0, temperature: 'fixed', proposal: 'mixture' } as const;
    checkOptions(free);
    const bound = { ...free, latentSize: OPTIONS.actionSize, temperature: 'automatic', proposal: 'sampler' } as const;
    checkOptions({ ...bound, latentSkip: 0.5 });
    for (const change of [{ temperature: 'automatic' }, { proposal: 'sampler' }, { latentSkip: 0.5 }] as const)
      assert.throws(() => checkOptions({ ...free, ...change }), {
        code: 'E_CONFIG_VALUE',
        message: new RegExp(`learner.latentSize is 7, .*learner.${Object.keys(change)[0]!}`),
        hint: /learner.latentSize null/,
      });
  });

  it('rejects invalid values by their key', () => {
    const bad = {
      batchSize: 0,
      fixedParticles: 1.5,
      samplerLayers: [],
      criticLayers: [{ kind: 'residual' }],
      criticCount: 6,
      proposalSigma: 0,
      importanceExponent: 1.5,
      targetTau: NaN,
      discount: 2,
      criticLearningRate: -1,
      targetEntropyPerDimension: Infinity,
      adamEpsilon: 0,
      targetCopyUpdates: -1,
    };
    for (const [key, value] of Object.entries(bad)) {
      assert.throws(() => checkOptions({ ...OPTIONS, [key]: value }), {
        code: 'E_CONFIG_VALUE',
        message: new RegExp(`learner\\.${key}`),
      });
    }
    assert.throws(() => checkOptions({ ...OPTIONS, kernelFactor: 'log', fixedParticles: 1 }), {
      code: 'E_CONFIG_VALUE',
    });
    assert.throws(() => checkOptions({ ...OPTIONS, targetCopyUpdates: 5 }), {
      code: 'E_CONFIG_VALUE',
      message: /targetTau/,
    });
  });
});
