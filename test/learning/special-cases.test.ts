import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../src/base/random.ts';
import { drawNoise, emptyBatch, noiseFor } from '../../src/engine/index.ts';
import { fastestEngine } from '../support/bandit.ts';
import { engineOn, presetOptions, randomBatch, SETTINGS } from '../support/learning.ts';
import { forward, parametersOf } from '../support/reference-network.ts';
import { update } from '../support/update.ts';

describe('fine-tuning at its last stage', () => {
  it('is `map`: with one draw on both sides there is no repulsion, and the updates are bit-identical', async () => {
    const last = presetOptions(
      'paper',
      { observationSize: 3, actionSize: 2 },
      { widths: [10, 10], batchSize: 6, fixedParticles: 1, updatedParticles: 1, valueSamples: 4 },
    );
    const tuned = await engineOn('wasm', last);
    const map = await engineOn('wasm', { ...last, repulsion: false });
    const noise = noiseFor(last);
    const random = new XoshiroRandom(2);
    for (let i = 0; i < 5; i++) {
      drawNoise(random, last, noise);
      noise.updatedLatents.set(noise.fixedLatents);
      const settings = { ...SETTINGS, alpha: 0.1 * 0.5 ** i };
      assert.deepEqual(
        update(tuned, randomBatch(last), noise, settings),
        update(map, randomBatch(last), noise, settings),
      );
    }
    assert.deepEqual(tuned.state(), map.state());
  });
});

describe('two states that follow each other, one reward per step', function () {
  this.timeout(60_000);
  const GAMMA = 0.9;
  const ALPHA = 0.05;
  /** V is Q plus the entropy of the uniform policy, because the reward does not depend on the action. */
  const BONUS = ALPHA * Math.log(2);

  /** Q of both states after training on A -> B and B -> A, the second one marked as given. */
  async function learn(terminatedAtB: boolean): Promise<readonly [number, number]> {
    const options = presetOptions(
      'paper',
      { observationSize: 2, actionSize: 1 },
      {
        widths: [16, 16],
        batchSize: 16,
        fixedParticles: 2,
        updatedParticles: 2,
        valueSamples: 4,
        targetCopyUpdates: 0,
        targetTau: 0.1,
        criticLearningRate: 3e-3,
        initialAlpha: ALPHA,
        discount: GAMMA,
      },
    );
    const engine = await fastestEngine(options);
    const random = new XoshiroRandom(6);
    const batch = emptyBatch(options);
    const noise = noiseFor(options);
    batch.rewards.fill(1);
    for (let i = 0; i < 4000; i++) {
      random.fillUniform(batch.actions, -1, 1);
      for (let b = 0; b < options.batchSize; b++) {
        const inB = b % 2;
        batch.observations.set([1 - inB, inB], 2 * b);
        batch.nextObservations.set([inB, 1 - inB], 2 * b);
        batch.terminated[b] = inB === 1 && terminatedAtB ? 1 : 0;
      }
      drawNoise(random, options, noise);
      update(engine, batch, noise, SETTINGS);
    }
    const parameters = parametersOf(engine.state());
    engine.dispose();
    const q = (state: number[]): number => forward(options, parameters, 'critic0', [...state, 0.3])[0]!;
    return [q([1, 0]), q([0, 1])];
  }

  it('have the value of the full future in a truncated episode', async () => {
    const endless = (1 + GAMMA * BONUS) / (1 - GAMMA);
    for (const q of await learn(false)) assert.ok(Math.abs(q - endless) < 0.15, `${q} instead of ${endless}`);
  });

  it('have the value of the remaining steps in a terminated episode', async () => {
    const [a, b] = await learn(true);
    assert.ok(Math.abs(b - 1) < 0.05, `${b} instead of 1`);
    const expected = 1 + GAMMA * (1 + BONUS);
    assert.ok(Math.abs(a - expected) < 0.05, `${a} instead of ${expected}`);
  });
});
