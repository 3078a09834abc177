import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { stateShapes } from '../../../src/engine/index.ts';
import { NativeEngine } from '../../../src/engine/native/native-engine.ts';
import type { AlgorithmOptions, Engine, EngineState } from '../../../src/engine/port.ts';
import { type ChosenBackend, chooseBackend } from '../../../src/engine/tensorflow/backend-adapter.ts';
import { TensorFlowEngine } from '../../../src/engine/tensorflow/tensorflow-engine.ts';
import { Network } from '../../../src/policy/index.ts';
import {
  type BuiltAddon,
  builtAddon,
  nativeEngine,
  randomBatch,
  randomNoise,
  SETTINGS,
  SMALL,
  unevenState,
} from '../../support/engines.ts';
import { pairwise, type Row } from '../../support/pairwise.ts';
import { skipUnless } from '../../support/skips.ts';
import { update, updateApart } from '../../support/update.ts';
import { dense, layers, residual, UNEVEN } from '../../support/networks.ts';
import { presetOptions } from '../../support/learning.ts';

const FACTORS = {
  criticCount: [1, 2, 5],
  networks: [
    layers([20, 17], true),
    layers([33], false),
    layers([16, 8, 24], false),
    { samplerLayers: dense([12, 20]), criticLayers: residual(18, 2) },
    UNEVEN,
  ],
  latentSkip: [0, 0.5],
  latentSize: [null, 5],
  weightDecay: [0, 0.1],
  particles: [
    [5, 7],
    [1, 1],
    [18, 3],
  ],
  sharedParticles: [false, true],
  proposal: ['uniform', 'sampler', 'mixture'],
  proposalUniformFraction: [0, 0.25],
  importanceExponent: [0, 0.3, 1],
  svgdSpace: ['pre-tanh', 'action', 'action-released'],
  kernelDistances: ['fixed', 'cross'],
  kernelFactor: ['two-log-plus-one', 'log', 'log-plus-one'],
  repulsion: [true, false],
  latent: ['normal', 'zero'],
  criticTarget: ['soft-value', 'action-value'],
  targets: [
    [0.01, 0],
    [0, 3],
  ],
  temperature: ['fixed', 'automatic'],
  rewardScale: [1, 3],
} as const;

/** The log of one particle is zero and cannot be a divisor; a latent of another size than the action has no density. */
function allowed(row: Partial<Row<typeof FACTORS>>): boolean {
  const { particles, sharedParticles, kernelFactor, latentSize, temperature, proposal, latentSkip } = row;
  if ((kernelFactor === 'log' || sharedParticles === true) && particles?.[0] === 1) return false;
  return !(latentSize === 5 && (temperature === 'automatic' || proposal === 'sampler' || latentSkip === 0.5));
}

function optionSets(): AlgorithmOptions[] {
  return pairwise(FACTORS, new XoshiroRandom(5), allowed).map(
    ({ particles, targets, networks, weightDecay, ...rest }) => ({
      ...SMALL,
      ...rest,
      ...networks,
      criticWeightDecay: weightDecay,
      samplerWeightDecay: weightDecay / 2,
      fixedParticles: particles[0],
      updatedParticles: particles[1],
      targetTau: targets[0],
      targetCopyUpdates: targets[1],
    }),
  );
}

/** The gradient of the first update is in the first moment of Adam, divided by 1 - beta1. */
function gradients(state: EngineState): Map<string, Float32Array> {
  return new Map([...state.tensors].filter(([name]) => name.startsWith('adam.m.')).map(([n, t]) => [n, t.data]));
}

function largest(values: Float32Array): number {
  return values.reduce((high, x) => Math.max(high, Math.abs(x)), 0);
}

/** Differences within tolerance of the largest element; `floor` is what sums that cancel may be off by. */
function assertClose(
  got: Float32Array,
  want: Float32Array,
  { tolerance, floor = 1e-12 }: { tolerance: number; floor?: number },
  what: string,
): void {
  const scale = largest(want);
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs(got[i]! - want[i]!);
    assert.ok(off <= tolerance * scale + floor, `${what}[${i}]: ${got[i]!} instead of ${want[i]!}, largest ${scale}`);
  }
}

function outputs(engine: Engine, name: 'sampler' | 'critic0', seed: number): Float32Array {
  const { samplerLayers, criticLayers } = engine.options;
  const network = new Network(engine.policyTensors(), name, name === 'sampler' ? samplerLayers : criticLayers);
  const random = new XoshiroRandom(seed);
  const input = new Float32Array(SMALL.observationSize + SMALL.actionSize);
  const out: number[] = [];
  for (let i = 0; i < 20; i++) {
    random.fillNormal(input);
    out.push(...network.run(input));
  }
  return Float32Array.from(out);
}

describe('the native engine agrees with the tensorflow engine', function () {
  this.timeout(120000);
  let built: BuiltAddon;
  let backend: ChosenBackend;

  before(async function () {
    const found = builtAddon();
    skipUnless(this, typeof found !== 'string', `native addon: ${typeof found === 'string' ? found : ''}`);
    built = found as BuiltAddon;
    backend = await chooseBackend('cpu');
  });

  for (const [number, options] of optionSets().entries()) {
    const title = `${options.criticTarget} ${options.proposal} ${options.svgdSpace} ${options.samplerLayers.length} and ${options.criticLayers.length} layers, critics ${options.criticCount}`;
    it(`option set ${number}: ${title}`, () => {
      const start = unevenState(options, number);
      const reference = new TensorFlowEngine(backend, options, start);
      const batch = randomBatch(options, number);
      const noise = randomNoise(options, number);
      const settings = { ...SETTINGS, rewardFactor: 0.7 };
      const { info: want, after: wanted } = updateApart(reference, batch, noise, settings);
      assert.ok(want.finite);
      for (const isa of built.isas) {
        const engine = nativeEngine(built, isa, options, start);
        const { info: got, after: state } = updateApart(engine, batch, noise, settings);
        for (const [key, value] of Object.entries(want)) {
          const have = got[key as keyof typeof got];
          if (typeof value === 'number' && typeof have === 'number')
            assert.ok(
              Math.abs(have - value) <= 1e-4 * (1e-2 + Math.abs(value)),
              `${isa} ${key}: ${have}, not ${value}`,
            );
        }
        const wantGradients = gradients(wanted);
        const floor = 1e-6 * Math.max(...[...wantGradients.values()].map(largest));
        for (const [name, gradient] of gradients(state))
          assertClose(gradient, wantGradients.get(name)!, { tolerance: 1e-4, floor }, `${isa} gradient ${name}`);
        assertClose(
          state.tensors.get('log_alpha')!.data,
          wanted.tensors.get('log_alpha')!.data,
          { tolerance: 1e-6 },
          `${isa} log_alpha`,
        );
        engine.dispose();
      }
      reference.dispose();
    });
  }

  it('Adam and the targets move by the published formula for the gradients given', () => {
    const options = { ...SMALL, targetTau: 0.1 };
    const start = unevenState(options, 1);
    for (const isa of built.isas) {
      const engine = nativeEngine(built, isa, options, start);
      let before = engine.state();
      for (let t = 1; t <= 3; t++) {
        update(engine, randomBatch(options, t), randomNoise(options, t), SETTINGS);
        const after = engine.state();
        for (const name of gradients(after).keys()) {
          const parameter = name.slice('adam.m.'.length);
          const [m0, v0, p0] = [name, `adam.v.${parameter}`, parameter].map((n) => before.tensors.get(n)!.data);
          const [m1, v1, p1] = [name, `adam.v.${parameter}`, parameter].map((n) => after.tensors.get(n)!.data);
          for (let i = 0; i < p1!.length; i++) {
            const gradient = (m1![i]! - 0.9 * m0![i]!) / 0.1;
            const wantV = 0.999 * v0![i]! + 0.001 * gradient ** 2;
            assert.ok(Math.abs(v1![i]! - wantV) <= 1e-4 * v1![i]! + 1e-12, `${isa} ${parameter} v`);
            const step = (1e-3 * m1![i]!) / (1 - 0.9 ** t) / (Math.sqrt(v1![i]! / (1 - 0.999 ** t)) + 1e-8);
            assert.ok(Math.abs(p1![i]! - (p0![i]! - step)) <= 1e-6 * (1 + Math.abs(p0![i]!)), `${isa} ${parameter} p`);
          }
          if (parameter.startsWith('sampler.')) continue;
          const [t0, t1] = [before, after].map((state) => state.tensors.get(`target_${parameter}`)!.data);
          for (let i = 0; i < t1!.length; i++)
            assert.ok(
              Math.abs(t1![i]! - (t0![i]! + 0.1 * (p1![i]! - t0![i]!))) <= 1e-6,
              `${isa} target of ${parameter}`,
            );
        }
        before = after;
      }
      engine.dispose();
    }
  });

  for (const [name, change] of Object.entries({
    'a mixture': {},
    default: presetOptions('default', SMALL, { widths: [20, 17], batchSize: 13 }),
    fast: presetOptions('fast', SMALL, { widths: [33], batchSize: 13 }),
    'residual blocks and three critics': {
      samplerLayers: dense([16, 16], true),
      criticLayers: residual(16, 1),
      criticCount: 3,
      latentSkip: 0.5,
      proposal: 'sampler',
      criticWeightDecay: 0.01,
    },
    released: {
      criticCount: 1,
      ...layers([20, 17], false),
      proposal: 'uniform',
      svgdSpace: 'action-released',
      temperature: 'fixed',
    },
    ddpg: {
      criticTarget: 'action-value',
      latent: 'zero',
      svgdSpace: 'action',
      fixedParticles: 1,
      updatedParticles: 1,
      valueSamples: 1,
      temperature: 'fixed',
    },
  } satisfies Record<string, Partial<AlgorithmOptions>>)) {
    it(`after 100 updates of ${name} the outputs of Q and sampler agree, and the state moves between the engines both ways`, () => {
      const options: AlgorithmOptions = { ...SMALL, ...change, criticLearningRate: 3e-4, samplerLearningRate: 3e-4 };
      const start = unevenState(options, 3);
      const reference = new TensorFlowEngine(backend, options, start);
      const isa = built.isas[0]!;
      const engine = nativeEngine(built, isa, options, start);
      for (let t = 0; t < 100; t++) {
        const batch = randomBatch(options, 1000 + t);
        const noise = randomNoise(options, 1000 + t);
        update(reference, batch, noise, SETTINGS);
        update(engine, batch, noise, SETTINGS);
      }
      for (const network of ['sampler', 'critic0'] as const)
        assertClose(outputs(engine, network, 9), outputs(reference, network, 9), { tolerance: 5e-3 }, network);

      const [fromReference, fromNative] = [reference.state(), engine.state()];
      assert.equal(fromNative.updates, 100);
      assert.deepEqual([...fromNative.tensors.keys()].sort(), [...stateShapes(options).keys()].sort());
      engine.restore(fromReference);
      reference.restore(fromNative);
      assert.deepEqual(engine.state(), { tensors: sorted(engine, fromReference), updates: 100, samplerUpdates: 100 });
      const batch = randomBatch(options, 7);
      const noise = randomNoise(options, 7);
      const [got, want] = [update(engine, batch, noise, SETTINGS), update(reference, batch, noise, SETTINGS)];
      assert.ok(Math.abs(got.qLoss - want.qLoss) < 0.05 * want.qLoss);
      engine.dispose();
      reference.dispose();
    });
  }
});

/** The tensors of `state` in the engine's own order. */
function sorted(engine: NativeEngine, state: EngineState): EngineState['tensors'] {
  return new Map([...engine.state().tensors.keys()].map((name) => [name, state.tensors.get(name)!]));
}
