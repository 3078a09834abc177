import assert from 'node:assert/strict';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask } from '../../../src/task/index.ts';
import { loadTask, taskSettings } from '../../support/gymnasium.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const settings = taskSettings('quadruped', 'maze');
const task = loadTask('quadruped', 'maze');
const { targetXM, targetYM, rewardWidthM, passedDistanceM } = settings.parameters as Readonly<Record<string, number>>;
const [TARGET_X, TARGET_Y] = [targetXM!, targetYM!];

function at(x: number, y: number, quaternion: readonly number[] = [1, 0, 0, 0]): Reading {
  const qpos = [x, y, 0.75, ...quaternion, ...Array<number>(8).fill(0)];
  return readingOf({ positions: Array<number>(8).fill(0), sensors: { qpos, qvel: Array<number>(14).fill(0.5) } });
}

function reward(after: Reading, targets: readonly number[] = Array<number>(8).fill(0)): number {
  const memory = Float64Array.of(1);
  const step = { before: at(0, 0), command: { targets: Float64Array.from(targets) }, after, memory };
  return task.reward(step, task.nextMemory(step));
}

/** The outcome of an episode that comes to these distances from the target. */
function outcome(distances: readonly number[]): string | null {
  const [first, ...others] = distances.map((d) => at(TARGET_X - d, TARGET_Y)) as [Reading, ...Reading[]];
  const command = { targets: new Float64Array(8) };
  let memory = task.initialMemory(first, { qpos: first.positions, qvel: first.velocities });
  for (const after of others) memory = task.nextMemory({ before: first, command, after, memory });
  return task.outcome!(memory, false);
}

describe('maze', () => {
  it('rewards with a Gaussian around the target, whatever the action', () => {
    assert.equal(reward(at(TARGET_X, TARGET_Y)), 1);
    assert.equal(reward(at(TARGET_X, TARGET_Y), Array<number>(8).fill(3)), 1);
    for (const [dx, dy] of [
      [rewardWidthM!, 0],
      [0, -rewardWidthM!],
      [0.6 * rewardWidthM!, 0.8 * rewardWidthM!],
    ] as const)
      assert.ok(Math.abs(reward(at(TARGET_X + dx, TARGET_Y + dy)) - Math.exp(-0.5)) < 1e-12);
    assert.ok(Math.abs(reward(at(TARGET_X - 2 * rewardWidthM!, TARGET_Y)) - Math.exp(-2)) < 1e-12);
  });

  it('terminates when the up-vector of the torso points down, also with a quaternion of another length than 1', () => {
    const tilted = (angleRad: number, size = 1): Reading =>
      at(0, 0, [
        size * Math.cos(angleRad / 2),
        size * Math.sin(angleRad / 2) * 0.6,
        size * Math.sin(angleRad / 2) * 0.8,
        0,
      ]);
    const ends = (reading: Reading): boolean => task.terminated(reading, Float64Array.of(1));
    for (const size of [1, 0.9]) {
      assert.equal(ends(tilted(Math.PI / 2 - 0.01, size)), false);
      assert.equal(ends(tilted(Math.PI / 2 + 0.01, size)), true);
      assert.equal(ends(tilted(Math.PI, size)), true);
      assert.equal(ends(tilted(-Math.PI / 2 + 0.01, size)), false);
    }
    // A turn about the vertical axis does not tilt.
    assert.equal(ends(at(0, 0, [0, 0, 0, 1])), false);
    assert.equal(ends(at(0, 0, [NaN, 0, 0, 0])), true);
  });

  it('counts an episode as passed once it has been nearer to the target than through the blocked passage', () => {
    assert.equal(outcome([8, passedDistanceM! + 1e-9]), 'none');
    assert.equal(outcome([8, passedDistanceM! - 0.01]), 'passed');
    assert.equal(outcome([8, 1, 7]), 'passed');
    assert.equal(outcome([1]), 'passed');
  });

  it('observes 15 coordinates and 14 velocities, and is truncated after 500 steps', () => {
    const { observationNames } = task.spec;
    assert.equal(observationNames.length, 29);
    assert.deepEqual(
      [observationNames[0], observationNames[3], observationNames[28]],
      ['rootX', 'rootQuaternionW', 'velocity(ankle_4)'],
    );
    const observation = task.observe(at(3, -2), Float64Array.of(1));
    assert.deepEqual([...observation.subarray(0, 4), observation[28]], [3, -2, 0.75, 1, 0.5]);
    assert.deepEqual(
      [499, 500].map((steps) => task.truncated(steps)),
      [false, true],
    );
  });

  it('starts at the origin, upright, with the noise of the ant', () => {
    const { qpos, qvel } = task.sampleInitialState({ uniform: () => 0.5, normal: () => 0 } as never);
    assert.deepEqual([...qpos], [0, 0, 0.75, 1, ...Array<number>(11).fill(0)]);
    assert.equal(qvel.length, 14);
    const ant = loadTask('ant', 'Ant-v5');
    const numbers = { uniform: () => 0.9, normal: () => 1.5 } as never;
    assert.deepEqual(task.sampleInitialState(numbers), ant.sampleInitialState(numbers));
  });

  it('rejects a robot whose torso it cannot see', () => {
    assert.throws(() => createTask(loadRobot('swimmer'), settings), {
      code: 'E_ROBOT_FILE',
      message: /task maze needs rootQuaternionW, which is not an element/,
    });
  });
});
