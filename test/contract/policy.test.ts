import assert from 'node:assert/strict';
import { loadAddon } from '../../src/addon/index.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { ActingPolicy } from '../../src/policy/acting-policy.ts';
import { NativePolicyNetwork } from '../../src/policy/native-policy-network.ts';
import { PortablePolicy } from '../../src/policy/index.ts';
import type { ActMode, PolicySnapshot } from '../../src/policy/index.ts';
import { randomPolicy } from '../support/policies.ts';
import { skipUnless } from '../support/skips.ts';

const MODES: readonly ActMode[] = ['sample', 'zero', 'best'];

function options(snapshot: PolicySnapshot, seed: number) {
  return {
    observationSize: snapshot.meta.observationNames.length,
    actionSize: snapshot.meta.actionNames.length,
    random: new XoshiroRandom(seed),
    latentCorrelation: 0.3,
    exploration: 'none',
  } as const;
}

/** Actions of 30 ticks in each mode, from the same seed. */
function actions(policy: ActingPolicy, snapshot: PolicySnapshot): Float32Array[] {
  const random = new XoshiroRandom(1).fork('observations');
  const observation = new Float32Array(snapshot.meta.observationNames.length);
  return MODES.flatMap((mode) =>
    Array.from({ length: 30 }, () => {
      random.fillNormal(observation);
      const out = new Float32Array(snapshot.meta.actionNames.length);
      policy.act(observation, out, mode);
      return out;
    }),
  );
}

describe('every policy adapter', () => {
  const shapes = {
    'one critic, one layer': { hiddenUnits: [7], criticCount: 1, criticLayerNorm: false },
    'two critics with norms': { hiddenUnits: [33, 16], criticCount: 2, criticLayerNorm: true },
    'three layers, constant latent': { hiddenUnits: [16, 8, 20], algorithm: { latent: 'zero' } },
  } as const;

  const built = loadAddon({});
  for (const isa of built.addon?.isas() ?? (['portable'] as const)) {
    for (const [name, changes] of Object.entries(shapes)) {
      it(`native (${isa}) acts like plain JavaScript: ${name}`, function () {
        const found = loadAddon({ SOFTQD_ISA: isa });
        skipUnless(this, found.addon !== null, `native addon: ${found.addon === null ? found.reason : ''}`);
        if (found.addon === null) return;
        const snapshot = randomPolicy(changes, 4);
        snapshot.tensors.get('normalizer.mean')!.data.fill(0.2);
        snapshot.tensors.get('normalizer.scale')!.data.fill(1.5);
        const portable = new PortablePolicy(options(snapshot, 3));
        const native = new ActingPolicy(options(snapshot, 3), new NativePolicyNetwork(found.addon, isa));
        for (const version of [1, 2]) {
          portable.load(snapshot, version);
          native.load(snapshot, version);
          const want = actions(portable, snapshot);
          for (const [tick, got] of actions(native, snapshot).entries())
            got.forEach((a, i) =>
              assert.ok(Math.abs(a - want[tick]![i]!) < 2e-6, `tick ${tick}: ${a}, ${want[tick]![i]!}`),
            );
          // The second round: other weights of the same shape in the same memory.
          for (const { data } of snapshot.tensors.values()) for (let i = 0; i < data.length; i++) data[i]! *= 0.9;
        }
        assert.deepEqual(native.save(), portable.save());
      });
    }
  }

  it('native passes NaN to the guard', function () {
    const found = loadAddon();
    skipUnless(this, found.addon !== null, `native addon: ${found.addon === null ? found.reason : ''}`);
    if (found.addon === null) return;
    const snapshot = randomPolicy();
    const native = new ActingPolicy(options(snapshot, 3), new NativePolicyNetwork(found.addon, found.isa));
    native.load(snapshot, 1);
    const observation = new Float32Array(snapshot.meta.observationNames.length).fill(NaN);
    for (const mode of MODES) {
      const out = new Float32Array(snapshot.meta.actionNames.length);
      native.act(observation, out, mode);
      assert.ok(
        out.every((a) => Number.isNaN(a)),
        mode,
      );
    }
  });
});
