import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../src/base/random.ts';
import {
  type AlgorithmOptions,
  type Batch,
  drawNoise,
  emptyBatch,
  initialState,
  noiseFor,
} from '../../src/engine/index.ts';
import { softValue } from '../../src/engine/mathematics/soft-value.ts';
import { engineOn, presetOptions, SETTINGS } from '../support/learning.ts';
import { forward, type NetworksOf, parametersOf, type Parameters } from '../support/reference-network.ts';
import { nudge } from '../support/reference-step.ts';
import { update } from '../support/update.ts';

/** A small world: states on a ring, actions on a grid of [-1, 1]; integrals over actions are means over the grid times 2. */
const STATES = 7;
const ACTIONS = 21;
const GAMMA = 0.9;
const ALPHA = 0.5;

interface World {
  /** [state][action] */
  readonly reward: Float64Array[];
  readonly next: number[][];
}

function world(seed: number): World {
  const random = new XoshiroRandom(seed);
  const states = Array.from({ length: STATES }, (_, s) => s);
  return {
    reward: states.map(() => Float64Array.from({ length: ACTIONS }, () => random.normal())),
    next: states.map((s) => Array.from({ length: ACTIONS }, (_, a) => (s + (a % 3) + STATES - 1) % STATES)),
  };
}

function randomQ(seed: number): Float64Array[] {
  const random = new XoshiroRandom(seed);
  return Array.from({ length: STATES }, () => Float64Array.from({ length: ACTIONS }, () => 5 * random.normal()));
}

/** V of every state by the estimator of the engine, whose samples are here the complete grid. */
function valuesOf(q: readonly Float64Array[]): Float32Array {
  return softValue({
    q: Float32Array.from(q.flatMap((row) => [...row])),
    logDensity: new Float32Array(STATES * ACTIONS).fill(-Math.log(2)),
    samples: ACTIONS,
    alpha: ALPHA,
    importanceExponent: 1,
  });
}

/** (6): pi(a|s) = exp((Q - V) / alpha), a density over [-1, 1]. */
function policyOf(q: readonly Float64Array[]): Float64Array[] {
  const v = valuesOf(q);
  return q.map((row, s) => row.map((value) => Math.exp((value - v[s]!) / ALPHA)));
}

function backup({ reward, next }: World, values: ArrayLike<number>): Float64Array[] {
  return reward.map((row, s) => row.map((r, a) => r + GAMMA * values[next[s]![a]!]!));
}

function maxDifference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return Math.max(...a.flatMap((row, s) => [...row].map((value, i) => Math.abs(value - b[s]![i]!))));
}

const CELL = 2 / ACTIONS;

/** Q of a fixed policy with its entropy: V = integral of pi (Q - alpha log pi). */
function evaluate(place: World, policy: readonly Float64Array[]): Float64Array[] {
  let q = randomQ(0);
  for (let sweep = 0; sweep < 400; sweep++) {
    const values = q.map((row, s) =>
      row.reduce((sum, value, a) => sum + CELL * policy[s]![a]! * (value - ALPHA * Math.log(policy[s]![a]!)), 0),
    );
    q = backup(place, values);
  }
  return q;
}

describe('soft Q-iteration on a grid', () => {
  it('has policies exp((Q - V) / alpha) that integrate to 1 (equations 5 and 6)', () => {
    for (const row of policyOf(randomQ(3))) {
      assert.ok(Math.abs(row.reduce((sum, p) => sum + p * CELL, 0) - 1) < 1e-5);
    }
  });

  it('contracts by gamma in the largest difference (25), and by exactly gamma for a constant', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const place = world(seed);
      const [first, second] = [randomQ(seed + 100), randomQ(seed + 200)];
      const after = maxDifference(backup(place, valuesOf(first)), backup(place, valuesOf(second)));
      assert.ok(after <= GAMMA * maxDifference(first, second) + 1e-5, `seed ${seed}`);
      const shifted = first.map((row) => row.map((value) => value + 3));
      const shift = maxDifference(backup(place, valuesOf(first)), backup(place, valuesOf(shifted)));
      assert.ok(Math.abs(shift - GAMMA * 3) < 1e-4, `seed ${seed}: ${shift}`);
    }
  });

  it('never lowers Q when a policy is replaced by exp(Q / alpha) (17 to 20), until convergence', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const place = world(seed);
      let q = evaluate(place, policyOf(randomQ(seed)));
      let gain = Infinity;
      for (let round = 0; round < 12; round++) {
        const better = evaluate(place, policyOf(q));
        better.forEach((row, s) =>
          row.forEach((value, a) => assert.ok(value >= q[s]![a]! - 1e-3, `state ${s}, action ${a}`)),
        );
        gain = maxDifference(better, q);
        q = better;
      }
      assert.ok(gain < 2e-3, 'policy iteration has converged');
      assert.ok(maxDifference(backup(place, valuesOf(q)), q) < 1e-2, 'to the fixed point of soft Q-iteration');
    }
  });
});

const CELLS = 2000;
const AXIS = Array.from({ length: CELLS }, (_, i) => -1 + (2 * (i + 0.5)) / CELLS);

const rewardOf = (a: number): number => Math.sin(3 * a) + a * a;
const energyOf = (options: NetworksOf, at: Parameters): number[] =>
  AXIS.map((a) => forward(options, at, 'critic0', [1, a])[0]!);

function densityOf(energy: readonly number[]): number[] {
  const weights = energy.map((x) => Math.exp(x));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

/** The policy exp(energy) as a batch of its quantiles, with y = advantage + V, whose mean is the mean of the energy. */
function quantileBatch(options: AlgorithmOptions, energy: readonly number[]): Batch {
  const samples = options.batchSize;
  const p = densityOf(energy);
  const offset = p.reduce((sum, share, i) => sum + share * (energy[i]! - rewardOf(AXIS[i]!)), 0);
  const batch = emptyBatch(options);
  let [cell, cumulated] = [0, 0];
  for (let b = 0; b < samples; b++) {
    while (cumulated + p[cell]! < (b + 0.5) / samples) cumulated += p[cell++]!;
    batch.actions[b] = AXIS[cell]! - 1 / CELLS + (((b + 0.5) / samples - cumulated) / p[cell]!) * (2 / CELLS);
    batch.rewards[b] = rewardOf(batch.actions[b]!) + offset;
  }
  batch.observations.fill(1);
  batch.nextObservations.fill(1);
  batch.terminated.fill(1);
  return batch;
}

describe('the connection with the policy gradient (appendix B)', () => {
  it("makes the critic's gradient, on-policy and with the advantage form of the target, the entropy-regularized policy gradient", async () => {
    const samples = 4000;
    const options = presetOptions(
      'paper',
      { observationSize: 1, actionSize: 1 },
      {
        widths: [8, 8],
        batchSize: samples,
        fixedParticles: 1,
        updatedParticles: 1,
        valueSamples: 1,
        initialAlpha: 1,
      },
    );
    const parameters = parametersOf(initialState(options, new XoshiroRandom(12)));
    // A policy that is far from flat.
    for (const name of ['critic0.0.weight', 'critic0.1.weight', 'critic0.2.weight']) {
      parameters.set(
        name,
        parameters.get(name)!.map((w) => Math.fround(4 * w)),
      );
    }
    /** J = E[r] + H(pi), pi = exp(E - log of the integral of exp E). */
    const objective = (): number => {
      const p = densityOf(energyOf(options, parameters));
      return p.reduce((sum, share, i) => sum + share * (rewardOf(AXIS[i]!) - Math.log((share * CELLS) / 2)), 0);
    };

    const batch = quantileBatch(options, energyOf(options, parameters));
    const engine = await engineOn('wasm', options);
    const state = engine.state();
    for (const [name, values] of parameters) state.tensors.get(name)!.data.set(values);
    engine.restore(state);
    const noise = noiseFor(options);
    drawNoise(new XoshiroRandom(1), options, noise);
    update(engine, batch, noise, SETTINGS);

    const { tensors } = engine.state();
    let compared = 0;
    for (const [name, values] of parameters) {
      if (!name.startsWith('critic0.')) continue;
      const gradient = tensors.get(`adam.m.${name}`)!.data.map((m) => m / (1 - options.adamBeta1));
      for (let element = 0; element < values.length; element += 5) {
        const policyGradient = nudge(parameters, name, element, objective);
        assert.ok(
          Math.abs(gradient[element]! + policyGradient) < 2e-3,
          `${name}[${element}]: ${gradient[element]!} and ${-policyGradient}`,
        );
        compared = Math.max(compared, Math.abs(policyGradient));
      }
    }
    assert.ok(compared > 0.02, `the gradients are not trivially small (${compared})`);
  });
});
