import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask } from '../../../src/task/index.ts';
import { loadTask, taskSettings } from '../../support/gymnasium.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const NONE = new Float64Array(0);
const task = loadTask('reacher', 'Reacher-v5');

function readingAt(fingertip: readonly number[], target: readonly number[]): Reading {
  const sensors = { qpos: [0.3, -0.4, 0.1, 0.15], qvel: [1, 2, 0, 0], fingertip, target };
  return readingOf({ positions: [0.3, -0.4], velocities: [1, 2], sensors });
}

describe('reacher', () => {
  it('rewards the distance in space and the squared raw action, both with weight 1', () => {
    const after = readingAt([0.1, 0.2, 0.05], [0.1, 0.15, 0.05 - 0.12]);
    const step = { before: after, after, memory: NONE };
    const rewardOf = (targets: number[]): number =>
      task.reward({ ...step, command: { targets: Float64Array.from(targets) } }, NONE);
    assert.ok(Math.abs(rewardOf([0, 0]) + 0.13) < 1e-15);
    assert.ok(Math.abs(rewardOf([2, -1]) + 0.13 + 5) < 1e-15);
  });

  it('observes angles, target, velocities and the tip from the target in the plane', () => {
    const expected = [Math.cos(0.3), Math.cos(-0.4), Math.sin(0.3), Math.sin(-0.4), 0.1, 0.15, 1, 2, 0.25, -0.5];
    assert.deepEqual([...task.observe(readingAt([0.5, 0, 1], [0.25, 0.5, 1]), NONE)], expected);
  });

  it('never terminates and is truncated after 50 steps', () => {
    assert.equal(task.terminated(readingAt([9, 9, 9], [0, 0, 0]), NONE), false);
    assert.deepEqual(
      [49, 50].map((steps) => task.truncated(steps)),
      [false, true],
    );
  });

  it('draws a target in the disc that does not move, and noise around it', () => {
    const random = new XoshiroRandom(3);
    const drawn = Array.from({ length: 2000 }, () => task.sampleInitialState(random));
    const radii = drawn.map(({ qpos }) => Math.hypot(qpos[2]!, qpos[3]!));
    assert.ok(Math.max(...radii) < 0.2);
    // Uniform in the disc: a quarter lies within half of the radius.
    const inside = radii.filter((radius) => radius < 0.1).length / radii.length;
    assert.ok(Math.abs(inside - 0.25) < 0.04, `${inside}`);
    for (const { qpos, qvel } of drawn) {
      assert.ok(Math.abs(qpos[0]!) <= 0.1 && Math.abs(qpos[1]!) <= 0.1);
      assert.ok(Math.abs(qvel[0]!) <= 0.005 && Math.abs(qvel[1]!) <= 0.005);
      assert.deepEqual([...qvel.subarray(2)], [0, 0]);
    }
  });

  it('rejects a robot with another number of joints', () => {
    assert.throws(() => createTask(loadRobot('hopper'), taskSettings('reacher', 'Reacher-v5')), {
      code: 'E_ROBOT_FILE',
    });
  });
});
