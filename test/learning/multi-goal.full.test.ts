import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../src/base/random.ts';
import { drawNoise, emptyBatch, engineBackends, noiseFor } from '../../src/engine/index.ts';
import { fastestEngine } from '../support/bandit.ts';
import { presetOptions, SETTINGS } from '../support/learning.ts';
import { actionGrid, move, softValueOf, solveMultiGoal } from '../support/multi-goal-grid.ts';
import { minQ, parametersOf } from '../support/reference-network.ts';
import { skipUnless } from '../support/skips.ts';
import { update } from '../support/update.ts';

const ALPHA = 10;
const POINTS = [-6, -3, 0, 3, 6].flatMap((x) => [-6, -3, 0, 3, 6].map((y) => [x, y]));

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('soft Q-learning of the four-goal point mass', function () {
  this.timeout(180_000);

  it('finds the V and Q of soft value iteration on a grid, from random moves alone', async function () {
    const native = (await engineBackends()).some(({ name, available }) => name === 'native' && available);
    skipUnless(this, native, 'the native engine (built by npm ci): this training would take many minutes without it');
    // With the uniform proposal the critic does not use the sampler, so a few particles are sufficient.
    const options = presetOptions(
      'paper',
      { observationSize: 2, actionSize: 2 },
      {
        widths: [64, 64],
        batchSize: 128,
        initialAlpha: ALPHA,
        fixedParticles: 2,
        updatedParticles: 2,
        valueSamples: 32,
        targetCopyUpdates: 200,
      },
    );
    const engine = await fastestEngine(options);
    const random = new XoshiroRandom(1);
    const noise = noiseFor(options);
    const batch = emptyBatch(options);
    for (let i = 0; i < 9000; i++) {
      for (let b = 0; b < options.batchSize; b++) {
        const p = [14 * random.uniform() - 7, 14 * random.uniform() - 7];
        const a = [2 * random.uniform() - 1, 2 * random.uniform() - 1];
        const { next, reward, terminated } = move(p, a);
        batch.observations.set(p, 2 * b);
        batch.actions.set(a, 2 * b);
        batch.nextObservations.set(next, 2 * b);
        batch.rewards[b] = reward;
        batch.terminated[b] = terminated ? 1 : 0;
      }
      drawNoise(random, options, noise);
      update(engine, batch, noise, SETTINGS);
    }
    const parameters = parametersOf(engine.state());
    engine.dispose();
    const grid = solveMultiGoal(ALPHA, options.discount);
    const learnedQ = (p: number[], a: number[]): number => minQ({ options, parameters }, 'critic', p, a);

    const errors = POINTS.map((p) => {
      const learned = softValueOf(
        actionGrid(11).map((a) => learnedQ(p, a)),
        ALPHA,
      );
      return Math.abs(learned - grid.value(p));
    });
    // V runs from about -200 in the corners to 5 near a goal.
    assert.ok(meanOf(errors) < 10, `V is off by ${meanOf(errors).toFixed(1)} on average`);

    const qErrors = POINTS.flatMap((p) => actionGrid(5).map((a) => Math.abs(learnedQ(p, a) - grid.q(p, a))));
    assert.ok(meanOf(qErrors) < 10, `Q is off by ${meanOf(qErrors).toFixed(1)} on average`);
    assert.ok(
      grid.value([6, 6]) < grid.value([0, 0]) && grid.value([0, 0]) < grid.value([3, 0]),
      'the grid knows what is far',
    );
  });
});
