import assert from 'node:assert/strict';
import { loadAddon } from '../../src/addon/index.ts';
import { XoshiroRandom } from '../../src/base/random.ts';
import { ActingPolicy } from '../../src/policy/acting-policy.ts';
import { NativePolicyNetwork } from '../../src/policy/native-policy-network.ts';
import { PortablePolicy } from '../../src/policy/index.ts';
import type { ActMode, PolicySnapshot } from '../../src/policy/index.ts';
import { randomPolicy } from '../support/policies.ts';
import { skipUnless } from '../support/skips.ts';
import { layers, residual, UNEVEN } from '../support/networks.ts';

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
    'one critic, one layer': { ...layers([7], false), criticCount: 1 },
    'two critics with norms': { ...layers([33, 16], true), criticCount: 2 },
    'three layers, constant latent': { ...layers([16, 8, 20], true), algorithm: { latent: 'zero' } },
    'residual blocks, five critics, a skip': { ...UNEVEN, criticCount: 5, latentSkip: 0.5 },
    'blocks as in SimBa, a larger latent': {
      samplerLayers: residual(16, 2),
      criticLayers: residual(24, 1),
      criticCount: 3,
      latentSize: 5,
    },
  };

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
              assert.ok(Math.abs(a - want[tick]![i]!) < 6e-6, `tick ${tick}: ${a}, ${want[tick]![i]!}`),
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
