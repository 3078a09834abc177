import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask } from '../../../src/task/index.ts';
import { point2Robot, readingOf } from '../../support/robots.ts';

const HORIZON = 30;
const task = createTask(point2Robot, {
  name: 'MultiGoal',
  kind: 'multi-goal',
  discount: 0.99,
  horizon: HORIZON,
  parameters: {},
});

const at = (x: number, y: number): Reading => readingOf({ positions: [x, y] });
const clip = (value: number, bound: number): number => Math.max(-bound, Math.min(bound, value));

interface Episode {
  readonly total: number;
  readonly steps: number;
  readonly outcome: string | null;
  readonly terminated: boolean;
}

/** One episode in the closed-form world p' = clip(p + clip(a, ±1), ±7). */
function episode(
  start: readonly [number, number],
  act: (step: number, reading: Reading) => readonly [number, number],
): Episode {
  let before = at(...start);
  let memory = task.initialMemory(before, { qpos: before.positions, qvel: before.velocities });
  let total = 0;
  for (let steps = 1; ; steps++) {
    const command = task.toCommand(Float32Array.from(act(steps - 1, before)), before, memory);
    const next = Array.from(before.positions, (p, i) => clip(p + clip(command.targets[i]!, 1), 7));
    const after = at(next[0]!, next[1]!);
    const step = { before, command, after, memory };
    memory = task.nextMemory(step);
    total += task.reward(step, memory);
    const terminated = task.terminated(after, memory);
    if (terminated || task.truncated(steps))
      return { total, steps, outcome: task.outcome!(memory, terminated), terminated };
    before = after;
  }
}

/** Steps along x from the origin that end just within 1 m of (5, 0) after `count` steps and cost least: a grid search. */
function bestStraightLine(count: number): { cost: number; actions: number[] } {
  const cell = 0.01;
  const last = Math.round(4 / cell) + 1;
  let cost = new Float64Array(last + 1).fill(Infinity);
  cost[0] = 0;
  const cameFrom: Int32Array[] = [];
  for (let step = 0; step < count; step++) {
    const next = new Float64Array(last + 1).fill(Infinity);
    const from = new Int32Array(last + 1);
    for (let i = 0; i <= last; i++) {
      for (let j = i; j <= Math.min(last, i + Math.round(1 / cell)); j++) {
        const total = cost[i]! + 30 * ((j - i) * cell) ** 2 + (5 - j * cell) ** 2;
        if (total < next[j]!) {
          next[j] = total;
          from[j] = i;
        }
      }
    }
    cost = next;
    cameFrom.push(from);
  }
  const actions: number[] = [];
  for (let step = count - 1, j = last; step >= 0; step--) {
    const i = cameFrom[step]![j]!;
    actions.unshift((j - i) * cell);
    j = i;
  }
  return { cost: cost[last]!, actions };
}

describe('MultiGoal', () => {
  it('rewards -30 |a|² - squared distance of the nearest goal after the step', () => {
    const reward = (before: Reading, action: number[], after: Reading): number => {
      const step = { before, command: { targets: Float64Array.from(action) }, after, memory: Float64Array.of(-1) };
      return task.reward(step, task.nextMemory(step));
    };
    assert.equal(reward(at(0, 0), [0, 0], at(0, 0)), -25);
    assert.equal(reward(at(0, 0), [1, 0], at(1, 0)), -30 - 16);
    assert.equal(reward(at(0, 0), [-0.5, 0.5], at(-0.5, 2)), -15 - (0.25 + 9));
    assert.equal(reward(at(0, 3), [0, 1], at(0, 4)), -30 - 1);
    assert.equal(reward(at(0, 4), [0, 0.5], at(0, 4.5)), -7.5 - 0.25 + 10);
    assert.equal(reward(at(7, 7), [3, -3], at(7, 6)), -60 - (4 + 36));
  });

  it('terminates within 1 m of a goal, not at 1 m, and names the goal', () => {
    for (const [x, y, name] of [
      [4.01, 0, 'goal0'],
      [-4.01, 0, 'goal1'],
      [0, 4.01, 'goal2'],
      [0, -4.01, 'goal3'],
    ] as const) {
      const near = episode([x, y], () => [0, 0]);
      assert.deepEqual([near.steps, near.terminated, near.outcome], [1, true, name]);
      const edge = episode([Math.trunc(x), Math.trunc(y)], () => [0, 0]);
      assert.deepEqual([edge.steps, edge.terminated, edge.outcome], [HORIZON, false, 'none']);
    }
  });

  it('returns -110.0 in 9 steps at best from the origin', () => {
    const plans = Array.from({ length: 16 }, (_, i) => ({ count: i + 4, ...bestStraightLine(i + 4) }));
    const best = plans.reduce((a, b) => (b.cost < a.cost ? b : a));
    assert.equal(best.count, 9);
    const { total, steps, outcome } = episode([0, 0], (step) => [best.actions[step]!, 0]);
    assert.equal(steps, 9);
    assert.equal(outcome, 'goal0');
    assert.ok(Math.abs(total - -110) < 0.5, `return ${total}`);
    const mirrored = episode([0, 0], (step) => [0, -best.actions[step]!]);
    assert.equal(mirrored.outcome, 'goal3');
    assert.ok(Math.abs(mirrored.total - total) < 1e-9);
  });

  it('returns about -841 to uniformly random actions, 29 % of which reach a goal', () => {
    const random = new XoshiroRandom(17);
    const count = 6000;
    let total = 0;
    let reached = 0;
    for (let i = 0; i < count; i++) {
      const { qpos } = task.sampleInitialState(random);
      const result = episode([qpos[0]!, qpos[1]!], () => [2 * random.uniform() - 1, 2 * random.uniform() - 1]);
      total += result.total;
      if (result.terminated) reached += 1;
    }
    assert.ok(Math.abs(total / count - -841) < 12, `mean return ${total / count}`);
    assert.ok(Math.abs(reached / count - 0.29) < 0.02, `part that reached a goal ${reached / count}`);
  });

  it('starts around the origin with a standard deviation of 0.1 m', () => {
    const random = new XoshiroRandom(18);
    const values = Array.from({ length: 3000 }, () => [...task.sampleInitialState(random).qpos]).flat();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 0.005, `mean ${mean}`);
    assert.ok(Math.abs(Math.sqrt(variance) - 0.1) < 0.004, `standard deviation ${Math.sqrt(variance)}`);
  });

  it('moves by the action in one period whatever the period is', () => {
    const quick = createTask(
      { ...point2Robot, controlPeriodS: 0.25 },
      { name: 'MultiGoal', kind: 'multi-goal', discount: 0.99, horizon: HORIZON, parameters: {} },
    );
    const { targets } = quick.toCommand(Float32Array.of(0.5, -1), at(0, 0), Float64Array.of(-1));
    assert.deepEqual([...targets], [2, -4]);
    const step = { before: at(0, 0), command: { targets }, after: at(0, 0), memory: Float64Array.of(-1) };
    assert.equal(quick.reward(step, quick.nextMemory(step)), -30 * 1.25 - 25);
  });
});
