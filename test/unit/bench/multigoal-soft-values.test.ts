import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { createTask } from '../../../src/task/index.ts';
import { MultiGoalSoftValues } from '../../../bench/support/multigoal-soft-values.ts';
import { point2Robot, readingOf } from '../../support/robots.ts';

/** alpha log sum w exp(q / alpha) over the 21 x 21 actions, written without the solver's shortcut over the two axes. */
function softMaximum(solved: MultiGoalSoftValues, q: Float64Array): number {
  const { alpha, weights } = solved;
  const largest = Math.max(...q);
  let sum = 0;
  q.forEach((value, k) => {
    const weight = weights[Math.floor(k / weights.length)]! * weights[k % weights.length]!;
    sum += weight * Math.exp((value - largest) / alpha);
  });
  return largest + alpha * Math.log(sum);
}

const clip = (value: number): number => Math.max(-7, Math.min(7, value));

describe('soft values of MultiGoal', () => {
  const changes: number[] = [];
  const solved = new MultiGoalSoftValues({ alpha: 10, onSweep: (change) => changes.push(change) });

  it('satisfy the soft Bellman equation at every tenth of a meter', () => {
    const random = new XoshiroRandom(4);
    for (const alpha of [10, 3, 1]) {
      const other = alpha === 10 ? solved : new MultiGoalSoftValues({ alpha });
      for (let i = 0; i < 60; i++) {
        const [x, y] = [(random.integer(141) - 70) * 0.1, (random.integer(141) - 70) * 0.1];
        const residual = other.at(x, y) - softMaximum(other, other.qGrid(x, y));
        assert.ok(Math.abs(residual) < 1e-5, `alpha ${alpha} at (${x}, ${y}): ${residual}`);
      }
    }
  });

  it('use the rewards and the terminations of the task', () => {
    const task = createTask(point2Robot, {
      name: 'MultiGoal',
      kind: 'multi-goal',
      discount: 0.99,
      horizon: 30,
      parameters: {},
    });
    const random = new XoshiroRandom(5);
    for (let i = 0; i < 500; i++) {
      const draw = (bound: number): number => bound * (2 * random.uniform() - 1);
      const [x, y] = [draw(7), draw(7)];
      const action: [number, number] = [draw(1), draw(1)];
      const before = readingOf({ positions: [x, y] });
      const after = readingOf({ positions: [clip(x + action[0]), clip(y + action[1])] });
      const step = { before, command: { targets: Float64Array.from(action) }, after, memory: Float64Array.of(-1) };
      const next = task.nextMemory(step);
      const onward = task.terminated(after, next) ? 0 : 0.99 * solved.at(after.positions[0]!, after.positions[1]!);
      assert.ok(Math.abs(solved.q(x, y, action) - (task.reward(step, next) + onward)) < 1e-9);
    }
  });

  it('contract by at least the discount with every sweep', () => {
    assert.ok(changes.length > 10);
    for (let i = 1; i < changes.length; i++) assert.ok(changes[i]! <= 0.99 * changes[i - 1]! + 1e-12, `sweep ${i}`);
  });

  it('are equal for the four goals', () => {
    for (const [x, y] of [
      [1.3, 0.4],
      [2.5, 2.5],
      [-6, 3.1],
    ] as const) {
      for (const [u, v] of [
        [-x, y],
        [x, -y],
        [y, x],
        [-y, -x],
      ] as const) {
        assert.ok(Math.abs(solved.at(u, v) - solved.at(x, y)) < 1e-9);
      }
    }
  });

  it('match the figure of the paper: one mode at (-2, 0), two at (2.5, 2.5)', () => {
    const modes = (x: number, y: number): number => {
      const q = solved.qGrid(x, y);
      const count = solved.actions.length;
      let found = 0;
      for (let i = 1; i < count - 1; i++) {
        for (let j = 1; j < count - 1; j++) {
          const here = q[i * count + j]!;
          let best = true;
          for (let di = -1; di <= 1; di++) {
            for (let dj = -1; dj <= 1; dj++) {
              if ((di !== 0 || dj !== 0) && q[(i + di) * count + j + dj]! >= here) best = false;
            }
          }
          if (best) found += 1;
        }
      }
      return found;
    };
    assert.equal(modes(-2, 0), 1);
    assert.equal(modes(2.5, 2.5), 2);
  });

  it('depend little on the grid', () => {
    const finer = new MultiGoalSoftValues({ alpha: 10, actionPoints: 41, tolerance: 1e-4 });
    for (const [x, y] of [
      [0, 0],
      [-2, 0],
      [2.5, 2.5],
      [6, 6],
    ] as const) {
      assert.ok(
        Math.abs(finer.at(x, y) - solved.at(x, y)) < 1,
        `(${x}, ${y}): ${finer.at(x, y)} and ${solved.at(x, y)}`,
      );
    }
  });
});
