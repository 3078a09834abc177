import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { emptyBatch, noiseFor } from '../../../src/engine/index.ts';
import type { AlgorithmOptions, UpdateNoise } from '../../../src/engine/port.ts';
import { ReplayMemory } from '../../../src/experience/index.ts';
import { Normalizer } from '../../../src/policy/index.ts';
import {
  type BuiltAddon,
  builtAddon,
  nativeEngine,
  randomBatch,
  SETTINGS,
  SMALL,
  unevenState,
} from '../../support/engines.ts';
import { requireAddon } from '../../support/addon.ts';
import { placesOf } from '../../support/replay.ts';
import { transition } from '../../support/transitions.ts';
import { update } from '../../support/update.ts';
import { layers, withWidths } from '../../support/networks.ts';

const DEFAULT_SIZE: AlgorithmOptions = {
  ...SMALL,
  observationSize: 17,
  actionSize: 6,
  ...layers([64, 64], true),
  batchSize: 64,
  fixedParticles: 8,
  updatedParticles: 8,
  valueSamples: 16,
};

const ALL = { critics: true, sampler: true };

function stateAfter(built: BuiltAddon, options: AlgorithmOptions, threads: number, updates: number) {
  const engine = nativeEngine(built, built.isas[0]!, options, unevenState(options, 2), threads);
  const noise = noiseFor(options);
  const random = new XoshiroRandom(4);
  for (let i = 0; i < updates; i++) {
    engine.drawNoise(random, noise, ALL);
    assert.ok(update(engine, randomBatch(options, i), noise, SETTINGS).finite);
  }
  const state = engine.state();
  engine.dispose();
  return state;
}

function moments(values: Float32Array): { mean: number; variance: number; fourth: number } {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / n;
  return { mean, variance: central(2), fourth: central(4) };
}

describe('the native engine', () => {
  let built: BuiltAddon;
  before(function () {
    requireAddon(this);
    built = builtAddon() as BuiltAddon;
  });

  it('is bit-identical for one seed, with one thread and with two', () => {
    for (const threads of [1, 2]) {
      const first = stateAfter(built, DEFAULT_SIZE, threads, 10);
      assert.deepEqual(stateAfter(built, DEFAULT_SIZE, threads, 10), first, `${threads} threads`);
    }
  });

  it('agrees with one and two threads up to rounding', () => {
    const one = stateAfter(built, DEFAULT_SIZE, 1, 2).tensors;
    const two = stateAfter(built, DEFAULT_SIZE, 2, 2).tensors;
    for (const [name, { data }] of one) {
      if (!name.startsWith('adam.m.')) continue;
      const scale = data.reduce((high, x) => Math.max(high, Math.abs(x)), 1e-6);
      data.forEach((x, i) => assert.ok(Math.abs(x - two.get(name)!.data[i]!) < 2e-3 * scale, name));
    }
  });

  it('completes an update with more threads than states', () => {
    const options = { ...SMALL, batchSize: 2 };
    assert.deepEqual(stateAfter(built, options, 8, 3), stateAfter(built, options, 2, 3));
  });

  it('draws independent normals and uniforms within their bounds, reproducible and different for another seed', () => {
    const options = { ...DEFAULT_SIZE, batchSize: 128, proposalUniformFraction: 0.25 };
    for (const isa of built.isas) {
      const engine = nativeEngine(built, isa, options, unevenState(options, 2));
      const draw = (seed: number): UpdateNoise => {
        const noise = noiseFor(options);
        engine.drawNoise(new XoshiroRandom(seed), noise, ALL);
        return noise;
      };
      const noise = draw(1);
      assert.deepEqual(draw(1), noise);
      assert.notDeepEqual(draw(2), noise);
      for (const key of ['valueLatents', 'valueJitter', 'fixedLatents', 'updatedLatents'] as const) {
        const { mean, variance, fourth } = moments(noise[key]);
        assert.ok(
          Math.abs(mean) < 0.06 && Math.abs(variance - 1) < 0.06 && Math.abs(fourth - 3) < 0.5,
          `${isa} ${key}`,
        );
      }
      const { valueLatents: a, valueJitter: b, valueUniform, valueChoice } = noise;
      for (const lag of [0, 1, 6, 16]) {
        const products = a.map((x, i) => x * b[(i + lag) % b.length]!);
        assert.ok(Math.abs(moments(products).mean) < 0.05, `${isa} correlation at ${lag}`);
        const own = a.map((x, i) => x * a[(i + lag) % a.length]!);
        if (lag > 0) assert.ok(Math.abs(moments(own).mean) < 0.05, `${isa} autocorrelation at ${lag}`);
      }
      assert.ok(valueUniform.every((x) => x >= -1 && x < 1) && Math.abs(moments(valueUniform).variance - 1 / 3) < 0.02);
      assert.ok(valueChoice.every((x) => x >= 0 && x < 1) && Math.abs(moments(valueChoice).mean - 0.5) < 0.03);
      engine.dispose();
    }
  });

  it('draws the same uniform bits on every instruction set', () => {
    const options = { ...SMALL, proposal: 'uniform' } as const;
    const drawn = built.isas.map((isa) => {
      const engine = nativeEngine(built, isa, options, unevenState(options, 2));
      const noise = noiseFor(options);
      engine.drawNoise(new XoshiroRandom(3), noise, ALL);
      engine.dispose();
      return noise.valueUniform;
    });
    for (const other of drawn) assert.deepEqual(other, drawn[0]);
  });

  it('gathers a minibatch from the replay exactly as JavaScript does, normalized', () => {
    const options = SMALL;
    const { observationSize, actionSize, batchSize } = options;
    const replay = new ReplayMemory({ capacity: 50, discount: 0.9, nStep: 3, observationSize, actionSize });
    const normalizer = new Normalizer(observationSize, true, 0.01);
    const random = new XoshiroRandom(6);
    const numbers = (n: number) => Float32Array.from({ length: n }, () => random.normal());
    let observation = numbers(observationSize);
    for (let i = 0; i < 80; i++) {
      const nextObservation = numbers(observationSize);
      const appliedAction = new Float32Array(actionSize).fill(0.1 * (i % 10));
      normalizer.add(observation);
      const vectors = { observation, nextObservation, proposedAction: appliedAction, appliedAction };
      replay.add(transition(i, { ...vectors, reward: i / 7, terminated: i % 20 === 19, truncated: false }));
      observation = nextObservation;
    }
    const { mean, scale } = normalizer;
    const drawn = placesOf(batchSize);
    const range = { first: 2, count: batchSize - 3 };
    const rows = { ...drawn, observations: replay.observations, actions: replay.actions, mean, scale, ...range };
    replay.draw(new XoshiroRandom(7), drawn, { first: 0, count: batchSize });
    const [got, want] = [randomBatch(options, 1), randomBatch(options, 1)];
    const engine = nativeEngine(built, built.isas[0]!, options, unevenState(options, 2));
    engine.gather(rows, got);
    const part = emptyBatch(options);
    replay.copy(drawn, part, range);
    for (const [name, width] of [
      ['observations', observationSize],
      ['nextObservations', observationSize],
      ['actions', actionSize],
    ] as const) {
      if (name !== 'actions') normalizer.apply(part[name], part[name]);
      want[name].set(part[name].subarray(2 * width, (batchSize - 1) * width), 2 * width);
    }
    assert.deepEqual(got, want);

    for (const outside of [{ first: -1 }, { first: 5 }, { count: -1 }, { count: batchSize + 1 }])
      assert.throws(() => engine.gather({ ...rows, ...outside }, got), { code: 'E_ENGINE_INPUT' });
    rows.rows[3] = 50;
    assert.throws(() => engine.gather(rows, got), { code: 'E_ENGINE_INPUT' });
    rows.rows[3] = -1;
    assert.throws(() => engine.gather(rows, got), { code: 'E_ENGINE_INPUT' });
    engine.dispose();
  });

  it('rejects invalid options, a state that does not match, and use after close', () => {
    const start = unevenState(SMALL, 1);
    const isa = built.isas[0]!;
    assert.throws(() => nativeEngine(built, isa, withWidths(SMALL, [20, 18]), start), {
      code: 'E_ENGINE_INPUT',
    });
    const wide = withWidths(SMALL, [9000]);
    assert.throws(() => nativeEngine(built, isa, wide, unevenState(wide, 1)), {
      code: 'E_CONFIG_VALUE',
      message: /width must be an integer from 0 to 8192/,
    });
    const odd = { ...SMALL, svgdSpace: 'sphere' } as unknown as AlgorithmOptions;
    assert.throws(() => nativeEngine(built, isa, odd, start), {
      code: 'E_CONFIG_VALUE',
      message: /svgdSpace has no value/,
    });
    const engine = nativeEngine(built, isa, SMALL, start);
    engine.dispose();
    engine.dispose();
    assert.throws(() => engine.state(), { code: 'E_ENGINE_UNAVAILABLE' });
  });

  it('keeps its state when only the gradient of the sampler overflows', () => {
    const start = unevenState(SMALL, 1);
    // A latent weight that is finite and whose products are not.
    start.tensors.get('sampler.1.weight')!.data.fill(1e30);
    start.tensors.get('sampler.2.weight')!.data.fill(1e30);
    const engine = nativeEngine(built, built.isas[0]!, { ...SMALL, proposal: 'uniform' }, start);
    const before = engine.state();
    const noise = noiseFor({ ...SMALL, proposal: 'uniform' });
    engine.drawNoise(new XoshiroRandom(1), noise, ALL);
    const info = update(engine, randomBatch(SMALL, 1), noise, SETTINGS);
    assert.deepEqual(
      Object.values(info).filter((x) => typeof x === 'number' && !Number.isFinite(x)),
      [],
    );
    assert.equal(info.finite, false);
    assert.deepEqual(engine.state(), before);
  });
});
