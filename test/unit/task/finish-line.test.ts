import assert from 'node:assert/strict';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask } from '../../../src/task/index.ts';
import { loadTask, taskSettings } from '../../support/gymnasium.ts';
import { readingOf, robotOf } from '../../support/robots.ts';

const task = loadTask('snake', 'forward-backward');
const LINE_M = taskSettings('snake', 'forward-backward').parameters['finishLineM'] as number;

/** A reading of the snake with its root at `x`. */
function at(x: number, timeS = 0): Reading {
  const sensors = { qpos: [x, 0.1, 0.2, 0.3, 0.4], qvel: [1, 2, 3, 4, 5] };
  return readingOf({ positions: [0.3, 0.4], arrivalNs: timeS * 1e9, sensors });
}

function reward(before: Reading, after: Reading, targets: readonly number[] = [0, 0]): number {
  const memory = task.initialMemory(before, { qpos: before.positions, qvel: before.velocities });
  const step = { before, command: { targets: Float64Array.from(targets) }, after, memory };
  return task.reward(step, task.nextMemory(step));
}

/** The outcome of an episode that visits these places. */
function outcome(places: readonly number[]): string | null {
  const [first, ...others] = places.map((x) => at(x)) as [Reading, ...Reading[]];
  let memory = task.initialMemory(first, { qpos: first.positions, qvel: first.velocities });
  let before = first;
  for (const after of others) {
    memory = task.nextMemory({ before, command: { targets: new Float64Array(2) }, after, memory });
    before = after;
  }
  return task.outcome!(memory, false);
}

describe('finish-line', () => {
  it('rewards speed in either direction equally before the line, less the cost of the raw action', () => {
    assert.equal(reward(at(0.5), at(0.75)), 0.25 / 0.04);
    assert.equal(reward(at(0.5), at(0.25)), 0.25 / 0.04);
    assert.equal(reward(at(-9), at(-9.5)), 0.5 / 0.04);
    // 2 lies beyond the range of the motor and counts in full.
    assert.equal(reward(at(0), at(0), [2, -1]), -0.005 * 5);
    assert.equal(reward(at(0, 0), at(-1, 0.08)), 1 / 0.08);
  });

  it('rewards a step that ends beyond the line five times as much, also on the way back', () => {
    assert.equal(reward(at(LINE_M), at(LINE_M + 0.5), [1, 0]), 5 * (0.5 / 0.04 - 0.005));
    assert.equal(reward(at(LINE_M + 1), at(LINE_M + 0.5)), 5 * (0.5 / 0.04));
    assert.equal(reward(at(LINE_M + 0.5), at(LINE_M)), 0.5 / 0.04);
    assert.equal(reward(at(LINE_M - 0.5), at(LINE_M)), 0.5 / 0.04);
  });

  it('counts an episode as crossed once it has been beyond the line', () => {
    assert.equal(outcome([0, LINE_M]), 'none');
    assert.equal(outcome([0, LINE_M + 0.01]), 'crossed');
    assert.equal(outcome([0, LINE_M + 0.01, -3]), 'crossed');
    assert.equal(outcome([0, -LINE_M - 1]), 'none');
  });

  it('observes all coordinates and velocities, never terminates, and is truncated after 500 steps', () => {
    const reading = at(-7);
    assert.deepEqual([...task.observe(reading, new Float64Array(1))], [-7, 0.1, 0.2, 0.3, 0.4, 1, 2, 3, 4, 5]);
    assert.deepEqual(task.spec.observationNames.slice(0, 2), ['rootX', 'rootY']);
    assert.equal(task.spec.observationNames.length, 10);
    assert.equal(task.terminated(at(1e6), new Float64Array(1)), false);
    assert.deepEqual(
      [499, 500].map((steps) => task.truncated(steps)),
      [false, true],
    );
  });

  it('rejects a robot without a position along x', () => {
    const vector = { size: 1, unit: 'm', elements: ['a'] };
    const robot = robotOf({
      joints: [{ commandMode: 'effort', limits: { maxEffortNmOrN: 1 } }],
      sensors: ['qpos', 'qvel'].map((name) => ({ name, ...vector })),
    });
    assert.throws(() => createTask(robot, taskSettings('snake', 'forward-backward')), {
      code: 'E_ROBOT_FILE',
      message: /neither a sensor torso nor the element rootX/,
    });
  });
});
