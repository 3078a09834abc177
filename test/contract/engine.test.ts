import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../src/base/random.ts';
import {
  type AlgorithmOptions,
  drawNoise,
  engineBackends,
  type EngineState,
  noiseFor,
  type UpdateNoise,
} from '../../src/engine/index.ts';
import { type BackendName, engineOn, PRESETS, presetOptions, randomBatch, SETTINGS } from '../support/learning.ts';
import { forward, parametersOf, type Parameters } from '../support/reference-network.ts';
import {
  nudge,
  referenceCriticLoss,
  referenceEntropy,
  type ReferenceInput,
  referencePhi,
  referenceSamplerLoss,
  referenceTargets,
} from '../support/reference-step.ts';
import type { CriticInfo, SamplerInfo } from '../../src/engine/port.ts';
import { skipUnless } from '../support/skips.ts';
import { update, updateApart } from '../support/update.ts';
import { residual, UNEVEN, withWidths } from '../support/networks.ts';

const SMALL = { widths: [12, 10], batchSize: 6, fixedParticles: 4, updatedParticles: 3, valueSamples: 5 };

const CASES: Record<string, AlgorithmOptions> = Object.fromEntries(
  PRESETS.map((preset) => {
    const particles = preset === 'ddpg' ? { fixedParticles: 1, updatedParticles: 1, valueSamples: 1 } : {};
    return [preset, presetOptions(preset, { observationSize: 3, actionSize: 2 }, { ...SMALL, ...particles })];
  }),
);
/** Two sets of particles, value samples around the sampler, importance weights. */
const MIXTURE: AlgorithmOptions = {
  ...CASES['default']!,
  ...{ sharedParticles: false, latentSkip: 0, proposal: 'mixture', importanceExponent: 1 },
};
CASES['a mixture'] = MIXTURE;
CASES['a mixture with tilt 0 and a uniform part'] = { ...MIXTURE, importanceExponent: 0, proposalUniformFraction: 0.4 };
CASES['a mixture with tilt 0.3'] = { ...MIXTURE, importanceExponent: 0.3 };
CASES['one value sample'] = { ...CASES['default']!, valueSamples: 1 };
CASES['paper with the density of the sampler'] = { ...CASES['paper']!, proposal: 'sampler' };
CASES['three layers and one action'] = presetOptions(
  'default',
  { observationSize: 2, actionSize: 1 },
  { ...SMALL, widths: [8, 8, 8], criticCount: 1 },
);

const OTHER_NETWORKS = { criticCount: 3, sharedParticles: false } as const;
CASES['uneven networks, three critics, a skip'] = { ...CASES['default']!, ...UNEVEN, ...OTHER_NETWORKS };
CASES['residual blocks'] = {
  ...CASES['default']!,
  ...OTHER_NETWORKS,
  samplerLayers: residual(10, 1),
  criticLayers: residual(12, 2),
};
CASES['one set of particles'] = { ...MIXTURE, sharedParticles: true };
CASES['one set of particles over actions'] = { ...CASES['paper']!, sharedParticles: true, kernelDistances: 'cross' };
CASES['a latent of another size'] = { ...CASES['released']!, latentSize: 5 };

function drawn(options: AlgorithmOptions, seed = 11): UpdateNoise {
  const noise = noiseFor(options);
  drawNoise(new XoshiroRandom(seed), options, noise);
  return noise;
}

function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} instead of ${expected} (±${tolerance})`);
}

type Gradients = Map<string, Float32Array>;

/** Gradients of the first update, read from Adam's first moments. */
function gradientsOf(options: AlgorithmOptions, state: EngineState): Gradients {
  const scale = 1 / (1 - options.adamBeta1);
  return new Map(
    [...state.tensors]
      .filter(([name]) => name.startsWith('adam.m.'))
      .map(([name, { data }]) => [name.slice('adam.m.'.length), data.map((m) => m * scale)]),
  );
}

function checkGradients(gradients: Gradients, parameters: Parameters, prefix: string, loss: () => number): void {
  const random = new XoshiroRandom(3);
  for (const [name, gradient] of gradients) {
    if (!name.startsWith(prefix)) continue;
    const largest = gradient.reduce((high, g) => Math.max(high, Math.abs(g)), 0);
    for (let trial = 0; trial < 6; trial++) {
      const element = random.integer(gradient.length);
      const expected = nudge(parameters, name, element, loss);
      assertClose(gradient[element]!, expected, 1e-4 * Math.max(largest, 1e-2), `d loss / d ${name}[${element}]`);
    }
  }
}

const OPTIONAL = { native: 'the native addon', tensorflow: '@tensorflow/tfjs-node with its native library' };

for (const backend of ['native', 'wasm', 'cpu', 'tensorflow'] as const satisfies readonly (BackendName | 'native')[]) {
  describe(`an engine on ${backend}`, () => {
    before(async function () {
      if (backend !== 'tensorflow' && backend !== 'native') return;
      const status = (await engineBackends()).find(({ name }) => name === backend)!;
      skipUnless(this, status.available, `${OPTIONAL[backend]} (${status.reason})`);
    });

    for (const [name, options] of Object.entries(CASES)) {
      it(`computes the equations: ${name}`, async () => {
        const engine = await engineOn(backend, options);
        const batch = randomBatch(options);
        const noise = drawn(options);
        const parameters = parametersOf(engine.state());
        const alpha = Math.exp(parameters.get('log_alpha')![0]!);
        const input: ReferenceInput = { options, parameters, batch, noise, alpha };
        const { targets, values } = referenceTargets(input);
        const phi = referencePhi(input);
        const { info, after } = updateApart(engine, batch, noise, SETTINGS);

        const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
        assertClose(info.softValueMean, mean(values), 1e-4, 'V');
        assertClose(info.targetMean, mean(targets), 1e-4, 'y');
        assertClose(info.entropy, referenceEntropy(input), 2e-4, 'H');
        assertClose(info.phiNorm, mean(phi.map((p) => Math.hypot(...p))), 1e-3, 'phi');
        assertClose(info.qLoss, referenceCriticLoss(input, targets), 1e-4, 'loss');
        assert.equal(info.finite, true);
        checkGradients(gradientsOf(options, after), parameters, 'critic', () => referenceCriticLoss(input, targets));
        checkGradients(gradientsOf(options, after), parameters, 'sampler', () => referenceSamplerLoss(input, phi));
        engine.dispose();
      });
    }

    it('continues bit-identically from a saved state', async () => {
      const options = CASES['default']!;
      const engine = await engineOn(backend, options);
      const batch = randomBatch(options);
      for (let i = 0; i < 3; i++) update(engine, batch, drawn(options, i), SETTINGS);
      const saved = engine.state();
      const expected = update(engine, batch, drawn(options, 9), SETTINGS);
      const other = await engineOn(backend, options, 99);
      other.restore(saved);
      assert.deepEqual(update(other, batch, drawn(options, 9), SETTINGS), expected);
      assert.deepEqual(other.state(), engine.state());
    });

    it('changes nothing and reports finite = false when a number is not finite', async () => {
      const options = CASES['default']!;
      const engine = await engineOn(backend, options);
      const before = engine.state();
      const rejects = (info: CriticInfo | SamplerInfo, what: string): void => {
        assert.equal(info.finite, false, what);
        for (const value of Object.values(info)) assert.ok(typeof value === 'boolean' || Number.isFinite(value));
      };
      for (const key of ['observations', 'nextObservations', 'rewards', 'actions', 'terminated'] as const) {
        for (const bad of [NaN, Infinity]) {
          const batch = randomBatch(options);
          batch[key][1] = bad;
          rejects(engine.updateCritic(batch, drawn(options), SETTINGS), key);
          if (key === 'observations') rejects(engine.updateSampler(batch, drawn(options), SETTINGS), key);
        }
      }
      const batch = randomBatch(options);
      batch.rewards.fill(3e38);
      rejects(engine.updateCritic(batch, drawn(options), SETTINGS), 'an overflow inside');
      assert.deepEqual(engine.state(), before);
    });

    it('rejects a batch, a noise and a state of another size', async () => {
      const options = CASES['default']!;
      const engine = await engineOn(backend, options);
      const batch = randomBatch(options);
      assert.throws(() => update(engine, { ...batch, rewards: new Float32Array(3) }, drawn(options), SETTINGS), {
        code: 'E_ENGINE_INPUT',
      });
      const noise = { ...drawn(options), fixedLatents: new Float32Array(1) };
      assert.throws(() => update(engine, batch, noise, SETTINGS), { code: 'E_ENGINE_INPUT' });
      const other = await engineOn(backend, withWidths(options, [12, 11]));
      assert.throws(() => engine.restore(other.state()), { code: 'E_ENGINE_INPUT' });
      const state = engine.state();
      state.tensors.get('critic0.0.weight')!.data[0] = NaN;
      assert.throws(() => engine.restore(state), { code: 'E_ENGINE_INPUT' });
    });

    it('copies its targets hard every targetCopyUpdates updates and not between', async () => {
      const options = { ...CASES['paper']!, targetCopyUpdates: 3 };
      const engine = await engineOn(backend, options);
      const start = engine.state().tensors.get('target_critic0.0.weight')!.data;
      const batch = randomBatch(options);
      for (let i = 1; i <= 3; i++) {
        update(engine, batch, drawn(options, i), SETTINGS);
        const { tensors } = engine.state();
        const expected = i < 3 ? start : tensors.get('critic0.0.weight')!.data;
        assert.deepEqual(tensors.get('target_critic0.0.weight')!.data, expected, `after update ${i}`);
      }
    });

    it('multiplies values and alpha, and nothing else, for another unit of the reward', async () => {
      const options = CASES['uneven networks, three critics, a skip']!;
      const engine = await engineOn(backend, options);
      const before = parametersOf(engine.state());
      engine.rescaleValues(2.5);
      const after = parametersOf(engine.state());
      const input = [0.3, -0.2, 0.5, 0.1, -0.7];
      for (const name of ['critic0', 'critic2', 'target_critic1']) {
        const value = (at: Parameters): number => forward(options, at, name, input)[0]!;
        assertClose(value(after), 2.5 * value(before), 1e-5, name);
      }
      assertClose(after.get('log_alpha')![0]!, before.get('log_alpha')![0]! + Math.log(2.5), 1e-6, 'log alpha');
      const output = new RegExp(`critic\\d\\.${options.criticLayers.length}\\.`);
      for (const [name, data] of after)
        if (name !== 'log_alpha' && (name.startsWith('adam.') || !output.test(name)))
          assert.deepEqual(data, before.get(name), name);
    });

    it('uses a given alpha instead of its own', async () => {
      const options = CASES['map']!;
      const engine = await engineOn(backend, options);
      const info = update(engine, randomBatch(options), drawn(options), { ...SETTINGS, alpha: 0.7 });
      assert.equal(info.alpha, 0.7);
    });

    it('keeps alpha within the given bounds', async () => {
      const options = { ...CASES['default']!, alphaLearningRate: 1, targetEntropyPerDimension: 20 };
      const engine = await engineOn(backend, options);
      const settings = { alphaMin: 0.1, alphaMax: 0.5, alpha: null, rewardFactor: 1 };
      for (let i = 0; i < 3; i++) update(engine, randomBatch(options), drawn(options, i), settings);
      assertClose(engine.state().tensors.get('log_alpha')!.data[0]!, Math.log(0.5), 1e-6, 'log alpha');
    });
  });
}

describe('two backends', () => {
  it('agree on the functions they have learned after 100 updates', async () => {
    const options = { ...withWidths(CASES['default']!, [16, 16]), batchSize: 8 };
    const outputs: number[][] = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      const engine = await engineOn(backend, options);
      for (let i = 0; i < 100; i++)
        update(engine, randomBatch(options, new XoshiroRandom(i)), drawn(options, i), SETTINGS);
      const parameters = parametersOf(engine.state());
      const inputs = [0, 1, 2, 3].map((i) => [Math.sin(i), Math.cos(i), i / 4, Math.sin(3 * i), Math.cos(5 * i)]);
      outputs.push(
        inputs.flatMap((x) => [
          ...forward(options, parameters, 'sampler', x),
          ...forward(options, parameters, 'critic0', x),
        ]),
      );
    }
    outputs[0]!.forEach((value, i) => assertClose(value, outputs[1]![i]!, 2e-3, `output ${i}`));
  });

  it('leak no tensors on the backend over 50 updates', async () => {
    const tf = await import('@tensorflow/tfjs-core');
    const options = CASES['default']!;
    const engine = await engineOn('wasm', options);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 50; i++) update(engine, randomBatch(options), drawn(options, i), SETTINGS);
    assert.equal(tf.memory().numTensors, before);
  });
});
