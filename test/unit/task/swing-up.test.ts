import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const rig = loadRobot('pendulum-rig');

function swingUp(controlPeriodS = 0.02): Task {
  return createTask(
    { ...rig, controlPeriodS },
    { name: 'swing-up', kind: 'swing-up', discount: 0.98, horizon: 250, parameters: {} },
  );
}

const at = (angle: number, velocity = 0): Reading => readingOf({ positions: [angle], velocities: [velocity] });
const start = { qpos: new Float64Array(1), qvel: new Float64Array(1) };

function outcomeAfter(task: Task, angles: readonly number[]): string | null {
  let memory = task.initialMemory(at(0), start);
  for (const angle of angles)
    memory = task.nextMemory({ before: at(0), command: { targets: new Float64Array(1) }, after: at(angle), memory });
  return task.outcome!(memory, false);
}

describe('swing-up', () => {
  it('observes the angle on the circle and the velocity', () => {
    const task = swingUp();
    const memory = task.initialMemory(at(0), start);
    assert.deepEqual([...task.observe(at(2.5, -7), memory)], [Math.cos(2.5), Math.sin(2.5), -7]);
  });

  it('exceeds the motor: holding the pendulum level needs more effort than the maximum', () => {
    assert.ok(0.1 * 9.81 * 0.2 > rig.joints[0]!.limits.maxEffortNmOrN!);
  });

  it('rewards upright after the step at any number of turns, and subtracts costs of speed and effort', () => {
    const task = swingUp();
    const memory = task.initialMemory(at(0), start);
    const reward = (after: Reading, effort: number): number => {
      const step = { before: at(0), command: { targets: Float64Array.of(effort) }, after, memory };
      return task.reward(step, task.nextMemory(step));
    };
    for (const turns of [-3, 0, 5]) assert.ok(Math.abs(reward(at(Math.PI + 2 * Math.PI * turns), 0)) < 1e-20);
    assert.ok(Math.abs(reward(at(0), 0) + Math.PI ** 2) < 1e-12);
    assert.ok(Math.abs(reward(at(Math.PI, 10), 0.06) + 0.02 * 100 + 0.01 * 0.25) < 1e-12);
  });

  it('succeeds after a second without interruption within 0.2 rad of upright', () => {
    const task = swingUp();
    const upright = Array<number>(49).fill(-Math.PI + 0.19);
    assert.equal(outcomeAfter(task, upright), null);
    assert.equal(outcomeAfter(task, [...upright, Math.PI - 0.19]), 'success');
    assert.equal(outcomeAfter(task, [...upright, Math.PI + 0.21, ...upright]), null);
    assert.equal(outcomeAfter(swingUp(0.002), Array<number>(499).fill(Math.PI)), null);
    assert.equal(outcomeAfter(swingUp(0.002), Array<number>(500).fill(Math.PI)), 'success');
  });

  it('starts anywhere on the circle', () => {
    const task = swingUp();
    const random = new XoshiroRandom(3);
    const angles = Array.from({ length: 2000 }, () => task.sampleInitialState(random).qpos[0]!);
    assert.ok(angles.every((angle) => Math.abs(angle) <= Math.PI));
    const hanging = angles.filter((angle) => Math.abs(angle) < Math.PI / 2).length / angles.length;
    assert.ok(Math.abs(hanging - 0.5) < 0.05);
  });
});
