import assert from 'node:assert/strict';
import { type AlgorithmOptions, engineBackends } from '../../src/engine/index.ts';
import { binned, drawActions, fastestEngine, policyOf, totalVariation, trainBandit } from '../support/bandit.ts';
import { type Changes, engineOn, type PresetName, presetOptions } from '../support/learning.ts';
import { skipUnless } from '../support/skips.ts';

type Energy = (action: readonly number[]) => number;

function bump(center: readonly number[], deviation: number): Energy {
  return (action) => -action.reduce((sum, a, i) => sum + (a - center[i]!) ** 2, 0) / (2 * deviation ** 2);
}

function either(...energies: Energy[]): Energy {
  return (action) => Math.log(energies.reduce((sum, energy) => sum + Math.exp(energy(action)), 0));
}

/** log densities over [-1, 1]^d. */
const ENERGIES: readonly { readonly name: string; readonly actionSize: number; readonly energy: Energy }[] = [
  { name: 'one mode on a line', actionSize: 1, energy: bump([0.2], 0.25) },
  { name: 'two modes on a line', actionSize: 1, energy: either(bump([-0.5], 0.15), bump([0.5], 0.15)) },
  { name: 'one mode in the plane', actionSize: 2, energy: bump([0.2, -0.3], 0.25) },
  {
    name: 'two modes in the plane',
    actionSize: 2,
    energy: either(bump([-0.45, -0.25], 0.18), bump([0.45, 0.25], 0.18)),
  },
  {
    name: 'a ring in the plane',
    actionSize: 2,
    energy: ([x, y]) => -((Math.hypot(x!, y!) - 0.6) ** 2) / (2 * 0.12 ** 2),
  },
];

/** Nets and batches of bandit size; the rest is the preset. */
const SMALL: Changes = { widths: [64, 64], batchSize: 32 };

/**
 * `default` starts above the alpha of its target entropy: from below it would first converge to one mode. The target
 * is one that these densities can have, where the bins still resolve them.
 */
const FOLLOWERS: readonly {
  readonly preset: PresetName;
  readonly changes: Partial<AlgorithmOptions>;
  readonly updates: number;
}[] = [
  { preset: 'paper', changes: { samplerLearningRate: 1e-3, valueSamples: 1 }, updates: 4000 },
  {
    preset: 'released',
    changes: { samplerLearningRate: 1e-3, valueSamples: 1, fixedParticles: 16, updatedParticles: 16 },
    updates: 8000,
  },
  {
    preset: 'default',
    changes: {
      initialAlpha: 1,
      criticLearningRate: 1e-3,
      samplerLearningRate: 1e-3,
      fixedParticles: 16,
      updatedParticles: 16,
    },
    updates: 4000,
  },
];

async function nativeIsHere(): Promise<boolean> {
  return (await engineBackends()).some(({ name, available }) => name === 'native' && available);
}

const NEEDS_NATIVE = 'the native engine (built by npm ci): these trainings would take many minutes without it';

for (const { preset, changes, updates } of FOLLOWERS) {
  describe(`the sampler of preset ${preset}`, function () {
    this.timeout(120_000);
    for (const { name, actionSize, energy } of ENERGIES) {
      it(`draws actions distributed as exp(Q / alpha): ${name}`, async function () {
        skipUnless(this, await nativeIsHere(), NEEDS_NATIVE);
        const options = presetOptions(
          preset,
          { observationSize: 1, actionSize },
          { targetEntropyPerDimension: 0.25, ...SMALL, ...changes },
        );
        const scale = options.temperature === 'fixed' ? options.initialAlpha : 1;
        const reward: Energy = (action) => scale * energy(action);
        const engine = await fastestEngine(options);
        const alpha = trainBandit(engine, { actionSize, reward }, updates);
        const actions = drawActions(policyOf(engine), actionSize, 10_000);
        const distance = totalVariation(
          actions,
          binned(actionSize, (action) => reward(action) / alpha),
        );
        engine.dispose();
        assert.ok(distance <= 0.2, `total variation ${distance.toFixed(3)} at temperature ${alpha.toFixed(3)}`);
      });
    }
  });
}

for (const preset of ['map', 'ddpg'] as const) {
  describe(`the sampler of preset ${preset}`, function () {
    this.timeout(120_000);
    for (const { name, actionSize, energy, modes } of [
      { ...ENERGIES[0]!, modes: [[0.2]] },
      { ...ENERGIES[1]!, modes: [[-0.5], [0.5]] },
      { ...ENERGIES[2]!, modes: [[0.2, -0.3]] },
    ]) {
      it(`finds a most likely action instead of the distribution: ${name}`, async function () {
        skipUnless(this, await nativeIsHere(), NEEDS_NATIVE);
        const rate = preset === 'ddpg' ? { samplerLearningRate: 1e-3 } : {};
        const options = presetOptions(preset, { observationSize: 1, actionSize }, { ...SMALL, ...rate });
        const engine = await fastestEngine(options);
        trainBandit(engine, { actionSize, reward: energy }, 4000);
        const actions = drawActions(policyOf(engine, options.latent), actionSize, 1000);
        engine.dispose();
        const distances = actions.map((action) =>
          Math.min(...modes.map((mode) => Math.hypot(...mode.map((m, i) => m - action[i]!)))),
        );
        distances.sort((a, b) => a - b);
        assert.ok(distances[950]! < 0.1, `95 % of the actions lie within ${distances[950]!.toFixed(3)} of a mode`);
        if (preset === 'ddpg') assert.equal(new Set(actions.map(String)).size, 1, 'a constant latent gives one action');
      });
    }
  });
}

describe('the sampler on the WASM backend', function () {
  this.timeout(120_000);
  it('draws actions distributed as exp(Q / alpha): one mode in 1-D', async () => {
    const options = presetOptions(
      'default',
      { observationSize: 1, actionSize: 1 },
      {
        ...SMALL,
        widths: [32, 32],
        temperature: 'fixed',
        initialAlpha: 1,
        criticLearningRate: 3e-3,
        samplerLearningRate: 3e-3,
      },
    );
    const energy = bump([0.2], 0.25);
    const engine = await engineOn('wasm', options);
    trainBandit(engine, { actionSize: 1, reward: energy }, 400);
    const distance = totalVariation(drawActions(policyOf(engine), 1, 10_000), binned(1, energy));
    assert.ok(distance <= 0.2, `total variation ${distance.toFixed(3)}`);
  });
});

describe('automatic temperature', function () {
  this.timeout(60_000);
  it('brings the entropy of the policy to its target', async function () {
    skipUnless(this, await nativeIsHere(), NEEDS_NATIVE);
    const changes = {
      ...SMALL,
      initialAlpha: 1,
      targetEntropyPerDimension: -0.3,
      alphaLearningRate: 3e-3,
      criticLearningRate: 1e-3,
      samplerLearningRate: 1e-3,
    };
    const options = presetOptions('default', { observationSize: 1, actionSize: 1 }, changes);
    const energy = bump([0], 0.5);
    const engine = await fastestEngine(options);
    const alpha = trainBandit(engine, { actionSize: 1, reward: energy }, 4000);
    const share = binned(1, (action) => energy(action) / alpha);
    const entropy = -share.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p * 10) : 0), 0);
    engine.dispose();
    assert.ok(
      Math.abs(entropy - options.targetEntropyPerDimension) < 0.15,
      `entropy ${entropy} at temperature ${alpha}`,
    );
  });
});
