import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { initialState, resetState } from '../../../src/engine/index.ts';
import type { AlgorithmOptions, Engine, EngineState } from '../../../src/engine/port.ts';
import { chooseBackend } from '../../../src/engine/tensorflow/backend-adapter.ts';
import { TensorFlowEngine } from '../../../src/engine/tensorflow/tensorflow-engine.ts';
import {
  builtAddon,
  nativeEngine,
  randomBatch,
  randomNoise,
  SETTINGS,
  SMALL,
  unevenState,
} from '../../support/engines.ts';
import { skipUnless } from '../../support/skips.ts';
import { update } from '../../support/update.ts';

/** Hard copies of the targets, so that the count of the updates matters, too. */
const OPTIONS: AlgorithmOptions = { ...SMALL, targetTau: 0, targetCopyUpdates: 3 };

function trained(engine: Engine, updates: number): EngineState {
  for (let i = 0; i < updates; i++)
    assert.ok(update(engine, randomBatch(OPTIONS, i), randomNoise(OPTIONS, i), SETTINGS).finite);
  return engine.state();
}

const fresh = initialState(OPTIONS, new XoshiroRandom(8));

describe('A reset of the networks', () => {
  it('makes every network new but the temperature, and starts the optimizer over', async () => {
    const engine = new TensorFlowEngine(await chooseBackend('cpu'), OPTIONS, unevenState(OPTIONS, 1));
    const state = trained(engine, 4);
    const reset = resetState(state, fresh, 0);
    assert.deepEqual([reset.updates, reset.samplerUpdates], [0, 0]);
    for (const [name, { shape, data }] of reset.tensors) {
      assert.deepEqual(shape, state.tensors.get(name)!.shape);
      if (name === 'log_alpha') assert.deepEqual(data, state.tensors.get(name)!.data);
      else if (name.startsWith('adam.')) assert.ok(data.every((moment) => moment === 0));
      else if (name.startsWith('target_'))
        assert.deepEqual(data, fresh.tensors.get(name.slice('target_'.length))!.data);
      else assert.deepEqual(data, fresh.tensors.get(name)!.data);
    }
    assert.deepEqual(engine.state(), state, 'the states given are unchanged');
    engine.dispose();
  });

  it('keeps the stated part of each weight', () => {
    const state = unevenState(OPTIONS, 2);
    state.tensors.get('adam.v.critic0.0.weight')!.data.fill(3);
    const reset = resetState(state, fresh, 0.8);
    for (const [name, { data }] of reset.tensors) {
      if (name.startsWith('adam.') || name === 'log_alpha') continue;
      const [old, other] = [state, fresh].map(({ tensors }) => tensors.get(name)!.data);
      data.forEach((weight, i) => assert.equal(weight, Math.fround(0.8 * old![i]! + (1 - 0.8) * other![i]!)));
    }
    assert.ok(reset.tensors.get('adam.v.critic0.0.weight')!.data.every((moment) => moment === 0));
  });

  for (const keep of [0, 0.6])
    it(`leaves both engines equal, and they continue alike, keeping ${keep}`, async function () {
      const built = builtAddon();
      skipUnless(this, typeof built !== 'string', `native addon: ${typeof built === 'string' ? built : ''}`);
      if (typeof built === 'string') return;
      const reference: Engine = new TensorFlowEngine(await chooseBackend('cpu'), OPTIONS, unevenState(OPTIONS, 1));
      const before = trained(reference, 5);
      const native: Engine = nativeEngine(built, built.isas[0]!, OPTIONS, before);
      const [a, b] = [reference, native].map((engine) => {
        engine.restore(resetState(engine.state(), fresh, keep));
        const after = engine.state();
        const infos = [1, 2].map((i) => update(engine, randomBatch(OPTIONS, i), randomNoise(OPTIONS, i), SETTINGS));
        const moved = engine.state();
        engine.dispose();
        return { after, infos, moved };
      });
      assert.deepEqual(new Map([...b!.after.tensors].sort()), new Map([...a!.after.tensors].sort()));
      assert.deepEqual([b!.moved.updates, b!.moved.samplerUpdates], [2, 2]);
      for (const [i, info] of a!.infos.entries())
        for (const name of ['qLoss', 'qMean', 'targetMean', 'softValueMean', 'entropy', 'alpha'] as const)
          assert.ok(
            Math.abs(b!.infos[i]![name] - info[name]) <= 1e-3 * (1 + Math.abs(info[name])),
            `${name}: ${b!.infos[i]![name]} instead of ${info[name]}`,
          );
    });
});
