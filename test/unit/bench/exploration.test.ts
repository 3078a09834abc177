import assert from 'node:assert/strict';
import { EXPLORATION_TASKS, explorationTable, type ExplorationRun } from '../../../bench/support/exploration.ts';

const [snake, maze] = EXPLORATION_TASKS as [(typeof EXPLORATION_TASKS)[number], (typeof EXPLORATION_TASKS)[number]];

const reachedBy = (task: typeof snake, places: readonly (readonly [number, number])[]): ExplorationRun['reached'] =>
  places.reduce((reached: ExplorationRun['reached'], place) => task.add(reached, Float32Array.of(...place)), {});

function run(parts: Partial<ExplorationRun>): ExplorationRun {
  return {
    ...{
      task: 'forward-backward',
      preset: 'default',
      seed: 1,
      steps: 100_000,
      found: false,
      wallS: 1,
      machine: 'test',
    },
    reached: { largestXM: 1, smallestXM: -2 },
    finalPolicy: { best: 0, sample: 0 },
    meanReturn: { best: 0, sample: 0 },
    ...parts,
  };
}

describe('bench:exploration', () => {
  it('takes the farthest places of the snake on both sides, and compares the forward one with the line', () => {
    const reached = reachedBy(snake, [
      [0, 0],
      [1.5, 9],
      [-3, 0],
      [2, 0],
    ]);
    assert.deepEqual(reached, { largestXM: 2, smallestXM: -3 });
    assert.equal(snake.isFound(reached), false);
    assert.equal(snake.isFound(snake.add(reached, Float32Array.of(2.5, 0))), true);
  });

  it('takes the smallest distance of the quadruped from the target, and compares it with the blocked passage', () => {
    const reached = reachedBy(maze, [
      [0, 0],
      [5, -4],
      [4, -3],
    ]);
    assert.deepEqual(reached, { smallestDistanceM: 5 });
    assert.equal(maze.isFound(reached), false);
    assert.equal(maze.isFound(maze.add(reached, Float32Array.of(5, -1.5))), true);
  });

  it('has a row for each task, preset and number of steps with the share of runs', () => {
    const table = explorationTable([
      run({ found: true, finalPolicy: { best: 0.9, sample: 0.4 } }),
      run({ seed: 2 }),
      run({ preset: 'ddpg' }),
      run({ task: 'maze', reached: { smallestDistanceM: 3.456 } }),
    ]);
    const rows = table.trim().split('\n').slice(2);
    assert.equal(rows.length, 3);
    assert.match(
      rows[0]!,
      /^\| forward-backward, crossed \| default \| 100000 steps, 2 seeds \| 1 of 2 \| 1 of 2 \| 0 of 2 \| 1: 1.00 \/ -2.00, 2: 1.00 \/ -2.00 \| 80 % of DDPG/,
    );
    assert.match(
      rows[2]!,
      /^\| maze, passed \| default \| 100000 steps, 1 seed \| 0 of 1 .*\| 1: 3.46 \| 60 % of DDPG/,
    );
  });
});
