import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { type ActMode, PortablePolicy, type ActingOptions, type PolicySnapshot } from '../../../src/policy/index.ts';
import { quantizeAction } from '../../../src/robot/command.ts';
import { randomPolicy } from '../../support/policies.ts';
import { forward, minQ, type Parameters } from '../../support/reference-network.ts';
import { layers } from '../../support/networks.ts';

const OBSERVATION = Float32Array.of(0.3, -0.8, 1.5);

function policy(
  changes: Partial<ActingOptions> = {},
  snapshot: PolicySnapshot | null = randomPolicy(),
): PortablePolicy {
  const made = new PortablePolicy({
    observationSize: 3,
    actionSize: 2,
    random: new XoshiroRandom(8),
    latentCorrelation: 0,
    exploration: 'none',
    ...changes,
  });
  if (snapshot !== null) made.load(snapshot, 1);
  return made;
}

function act(driver: PortablePolicy, mode: ActMode): number[] {
  const out = new Float32Array(2);
  driver.act(OBSERVATION, out, mode);
  return [...out];
}

function parameters(snapshot: PolicySnapshot): Parameters {
  return new Map([...snapshot.tensors].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** The sampler answers its latent: u = latent, whatever the observation. */
function echo(changes: Partial<PolicySnapshot['meta']> = {}): PolicySnapshot {
  const snapshot = randomPolicy({ ...layers([4], true), ...changes });
  for (const [name, { data }] of snapshot.tensors) if (name.startsWith('sampler')) data.fill(0);
  const first = snapshot.tensors.get('sampler.0.weight')!.data;
  const last = snapshot.tensors.get('sampler.1.weight')!.data;
  for (const i of [0, 1]) {
    first[(3 + i) * 4 + 2 * i] = 1;
    first[(3 + i) * 4 + 2 * i + 1] = -1;
    last[2 * i * 2 + i] = 1;
    last[(2 * i + 1) * 2 + i] = -1;
  }
  return snapshot;
}

describe('PortablePolicy', () => {
  it('acts uniformly before its first snapshot', () => {
    const driver = policy({}, null);
    assert.equal(driver.version, 0);
    const draws = Array.from({ length: 4000 }, () => act(driver, 'sample')[0]!);
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((a, b) => a + b * b, 0) / draws.length;
    assert.ok(Math.abs(mean) < 0.04 && Math.abs(variance - 1 / 3) < 0.03, `mean ${mean}, variance ${variance}`);
    assert.ok(draws.every((a) => a >= -1 && a <= 1));
  });

  it('computes the sampler of the snapshot, normalized observation first, latent after it', () => {
    const snapshot = randomPolicy();
    snapshot.tensors.get('normalizer.mean')!.data.set([0.1, 0.2, 0.3]);
    snapshot.tensors.get('normalizer.scale')!.data.set([2, 0.5, 3]);
    const z = [...OBSERVATION].map((o, i) => (o - [0.1, 0.2, 0.3][i]!) / [2, 0.5, 3][i]!);
    const expected = forward(snapshot.meta, parameters(snapshot), 'sampler', [...z, 0, 0]).map(Math.tanh);
    act(policy({}, snapshot), 'zero').forEach((a, i) => assert.ok(Math.abs(a - expected[i]!) < 1e-5));
  });

  it('returns quantized actions', () => {
    const driver = policy();
    for (const mode of ['sample', 'zero', 'best'] as const) {
      for (const a of act(driver, mode)) assert.equal(a, quantizeAction(a));
    }
  });

  it('selects in mode best the draw with the largest minimum of the critics', () => {
    const snapshot = randomPolicy();
    const weights = parameters(snapshot);
    const q = (action: number[]): number =>
      minQ({ options: snapshot.meta, parameters: weights }, 'critic', [...OBSERVATION], action);
    const driver = policy({}, snapshot);
    const sampled = Array.from({ length: 300 }, () => q(act(driver, 'sample'))).sort((a, b) => a - b);
    const best = Array.from({ length: 60 }, () => q(act(driver, 'best')));
    const mean = best.reduce((a, b) => a + b, 0) / best.length;
    assert.ok(mean > sampled[240]!, `best of ten (${mean}) belongs to the upper fifth (${sampled[240]})`);
  });

  it('keeps the latent of the episode in modes zero and best', () => {
    const driver = policy();
    const before = driver.save();
    assert.deepEqual(act(driver, 'zero'), act(driver, 'zero'));
    assert.deepEqual(driver.save(), before);
    act(driver, 'best');
    assert.deepEqual(driver.save().latent, before.latent);
  });

  it('correlates the latent in time without changing its distribution', () => {
    const driver = policy({ latentCorrelation: 0.9 }, echo());
    const u = Array.from({ length: 20000 }, () => Math.atanh(act(driver, 'sample')[0]! * 0.999999));
    const mean = u.reduce((a, b) => a + b, 0) / u.length;
    const variance = u.reduce((a, b) => a + (b - mean) ** 2, 0) / u.length;
    const lag = u.slice(1).reduce((sum, value, i) => sum + (value - mean) * (u[i]! - mean), 0) / u.length;
    assert.ok(Math.abs(variance - 1) < 0.12, `variance ${variance}`);
    assert.ok(Math.abs(lag / variance - 0.9) < 0.02, `correlation ${lag / variance}`);
  });

  it('resets the latent with the episode', () => {
    const driver = policy({ latentCorrelation: 0.999 }, echo());
    const jumps = Array.from({ length: 40 }, () => {
      const last = act(driver, 'sample')[0]!;
      driver.beginEpisode();
      return Math.abs(act(driver, 'sample')[0]! - last);
    });
    assert.ok(Math.max(...jumps) > 0.5, 'a new episode starts from a fresh latent');
  });

  it('adds Ornstein-Uhlenbeck noise after the sampler, clips, and starts it at zero with each episode', () => {
    const snapshot = echo({ algorithm: { latent: 'zero' } });
    const driver = policy({ exploration: 'ornstein-uhlenbeck' }, snapshot);
    const noise = Array.from({ length: 5000 }, () => act(driver, 'sample')[0]!);
    assert.ok(noise.some((a) => a === 1) && noise.every((a) => Math.abs(a) <= 1));
    const firsts = Array.from({ length: 2000 }, () => {
      driver.beginEpisode();
      return act(driver, 'sample')[0]!;
    });
    const deviation = Math.sqrt(firsts.reduce((a, b) => a + b * b, 0) / firsts.length);
    assert.ok(Math.abs(deviation - 0.3) < 0.02, `first noise has deviation ${deviation}`);
    assert.deepEqual(act(driver, 'zero'), [0, 0]);
    assert.deepEqual(act(driver, 'best'), [0, 0]);
  });

  it('continues with the same actions from a saved state, also from JSON', () => {
    const options = { latentCorrelation: 0.5, exploration: 'ornstein-uhlenbeck' } as const;
    const driver = policy(options);
    for (let i = 0; i < 7; i++) act(driver, 'sample');
    const saved = JSON.parse(JSON.stringify(driver.save())) as ReturnType<PortablePolicy['save']>;
    const other = policy({ ...options, random: new XoshiroRandom(1000) });
    other.restore(saved);
    for (let i = 0; i < 5; i++) assert.deepEqual(act(other, 'sample'), act(driver, 'sample'));
  });

  it('keeps the old policy when a snapshot is rejected', () => {
    const driver = policy();
    const before = act(driver, 'zero');
    const broken = randomPolicy({}, 2);
    broken.tensors.get('sampler.0.bias')!.data[0] = NaN;
    assert.throws(() => driver.load(broken, 2), { code: 'E_POLICY_NON_FINITE' });
    assert.throws(() => driver.load(randomPolicy({ actionNames: ['one'], latentSize: 1 }), 2), {
      code: 'E_POLICY_MISMATCH',
    });
    assert.equal(driver.version, 1);
    assert.deepEqual(act(driver, 'zero'), before);
  });

  it('rejects an observation or an output of another size', () => {
    assert.throws(() => policy().act(new Float32Array(2), new Float32Array(2), 'zero'), { code: 'E_READING_SHAPE' });
    assert.throws(() => policy().act(new Float32Array(3), new Float32Array(3), 'zero'), { code: 'E_READING_SHAPE' });
  });

  it('passes NaN to the guard', () => {
    const out = new Float32Array(2);
    policy().act(Float32Array.of(NaN, 0, 0), out, 'zero');
    assert.ok(out.every((a) => Number.isNaN(a)));
  });
});
