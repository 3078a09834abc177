import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { createTask } from '../../../src/task/index.ts';
import { optimalReturns, PendulumValues, type PendulumStart } from '../../../bench/support/pendulum-optimum.ts';
import { pendulumRobot, readingOf } from '../../support/robots.ts';

const task = createTask(pendulumRobot, {
  name: 'Pendulum-v1',
  kind: 'pendulum',
  discount: 0.99,
  horizon: 200,
  parameters: {},
});
const clip = (value: number, bound: number): number => Math.max(-bound, Math.min(bound, value));

/** The return of a controller in Gymnasium's world with the task's own rewards. */
function play(
  { qpos, qvel }: PendulumStart,
  torqueOf: (left: number, angle: number, velocity: number) => number,
): number {
  let [angle, velocity, total] = [qpos[0]!, qvel[0]!, 0];
  const memory = new Float64Array(0);
  for (let left = 200; left > 0; left--) {
    const torque = clip(torqueOf(left, angle, velocity), 2);
    const before = readingOf({ positions: [angle], velocities: [velocity] });
    total += task.reward({ before, command: { targets: Float64Array.of(torque) }, after: before, memory }, memory);
    velocity = clip(velocity + (15 * Math.sin(angle) + 3 * torque) * 0.05, 8);
    angle += velocity * 0.05;
  }
  return total;
}

/** A textbook swing-up: pump energy until upright is near, then balance by a linear law. */
function energyController(_left: number, angle: number, velocity: number): number {
  const theta = Math.atan2(Math.sin(angle), Math.cos(angle));
  if (Math.abs(theta) < 0.4 && Math.abs(velocity) < 3) return -(10 * theta + 3 * velocity);
  const energy = velocity ** 2 / 6 + 5 * (Math.cos(angle) - 1);
  return -2 * Math.sign(energy) * (velocity >= 0 ? 1 : -1);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the optimum of Pendulum-v1', () => {
  const random = new XoshiroRandom(21);
  const starts = Array.from({ length: 60 }, () => {
    const { qpos, qvel } = task.sampleInitialState(random);
    return { qpos: [...qpos], qvel: [...qvel] };
  });
  let coarse: PendulumValues;
  let fine: PendulumValues;
  before(function () {
    this.timeout(60000);
    coarse = new PendulumValues({ angles: 200, velocities: 121, torques: 9 });
    fine = new PendulumValues({ angles: 400, velocities: 241, torques: 9 });
  });

  it('equals the return of its greedy torques with the rewards of the task', () => {
    for (const start of starts.slice(0, 10)) {
      const { reached } = coarse.optimum(start.qpos[0]!, start.qvel[0]!);
      const replayed = play(start, (left, angle, velocity) => coarse.greedyTorque(left, angle, velocity));
      assert.ok(Math.abs(reached - replayed) < 1e-6, `${reached} is not ${replayed}`);
    }
  });

  it('is zero upright and symmetric', () => {
    assert.ok(Math.abs(optimalReturns([{ qpos: [0], qvel: [0] }], fine)[0]!) < 1e-9);
    for (const { qpos, qvel } of starts) {
      const [angle, velocity] = [qpos[0]!, qvel[0]!];
      assert.ok(Math.abs(fine.at(200, angle, velocity) - fine.at(200, -angle, -velocity)) < 1e-3);
      assert.ok(Math.abs(fine.at(200, angle, velocity) - fine.at(200, angle + 4 * Math.PI, velocity)) < 1e-3);
    }
  });

  it('is at least the return of a textbook swing-up from any start', () => {
    for (const [i, optimum] of optimalReturns(starts, fine).entries()) {
      const textbook = play(starts[i]!, energyController);
      assert.ok(optimum > textbook - 0.5, `start ${i}: optimum ${optimum}, textbook ${textbook}`);
    }
    const gap = mean(optimalReturns(starts, fine)) - mean(starts.map((start) => play(start, energyController)));
    assert.ok(gap > 5, `the textbook is only ${gap} worse`);
  });

  it('depends little on the grid', () => {
    const [rough, smooth] = [mean(optimalReturns(starts, coarse)), mean(optimalReturns(starts, fine))];
    assert.ok(smooth > rough - 0.2, `finer is worse: ${rough} -> ${smooth}`);
    assert.ok(smooth - rough < 4, `${rough} -> ${smooth}`);
  });

  it('is about -138 over random starts with a standard deviation of 74 between them', () => {
    const values: number[] = [];
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 20; j++) values.push(fine.at(200, ((i + 0.5) / 100 - 1) * Math.PI, (j + 0.5) / 10 - 1));
    }
    const average = mean(values);
    const deviation = Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
    assert.ok(Math.abs(average - -138) < 1.5, `mean ${average}`);
    assert.ok(Math.abs(deviation - 74) < 2, `standard deviation ${deviation}`);
  });
});
