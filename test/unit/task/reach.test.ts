import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask, type Task, type TaskMemory } from '../../../src/task/index.ts';
import { arm2Robot, readingOf } from '../../support/robots.ts';

const TARGET = [0.1, 0.05] as const;
const still = { targets: new Float64Array(2) };

/** The arm with its tip at a distance from the target along x. */
function tipOff(distanceM: number): Reading {
  return readingOf({ positions: [0, 0], sensors: { fingertip: [TARGET[0] + distanceM, TARGET[1], 0] } });
}

function reach(controlPeriodS = 0.02, parameters = {}): Task {
  return createTask(
    { ...arm2Robot, controlPeriodS },
    { name: 'reach', kind: 'reach', discount: 0.99, horizon: 150, parameters },
  );
}

function begin(task: Task): TaskMemory {
  const state = { qpos: new Float64Array(2), qvel: new Float64Array(2), memory: Float64Array.of(...TARGET, 0, 0) };
  return task.initialMemory(tipOff(0.1), state);
}

/** The outcome after steps whose readings have these distances. */
function outcomeOf(task: Task, distances: readonly number[]): string | null {
  let memory = begin(task);
  for (const distance of distances) {
    memory = task.nextMemory({ before: tipOff(0), command: still, after: tipOff(distance), memory });
  }
  return task.outcome!(memory, false);
}

const steps = (count: number, distanceM: number): number[] => Array<number>(count).fill(distanceM);

describe('reach', () => {
  it('observes cos, sin and velocity of the joints, the target, and the vector from it to the tip', () => {
    const task = reach();
    const reading = readingOf({
      positions: [0.3, -0.7],
      velocities: [1.5, -2.5],
      sensors: { fingertip: [0.11, 0.02, 0] },
    });
    const expected = [Math.cos(0.3), Math.cos(-0.7), Math.sin(0.3), Math.sin(-0.7), 1.5, -2.5, 0.1, 0.05];
    assert.deepEqual([...task.observe(reading, begin(task))], [...expected, 0.11 - 0.1, 0.02 - 0.05]);
  });

  it('rewards closeness after the step, subtracts the cost of the raw effort, and adds 1 within 2 cm', () => {
    const task = reach();
    const memory = begin(task);
    const reward = (distance: number, efforts: number[]): number => {
      const step = {
        before: tipOff(0),
        command: { targets: Float64Array.from(efforts) },
        after: tipOff(distance),
        memory,
      };
      return task.reward(step, task.nextMemory(step));
    };
    const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
    near(reward(0.05, [0, 0]), -0.05);
    near(reward(0.01, [0, 0]), 0.99);
    near(reward(0.05, [0.3, -0.15]), -0.05 - 0.01 * 1.25);
    near(reward(0.05, [3, 0]), -0.05 - 0.01 * 100);
  });

  it('succeeds after 25 consecutive steps of 20 ms within 2 cm, not after 24', () => {
    const task = reach();
    assert.equal(outcomeOf(task, steps(24, 0.019)), null);
    assert.equal(outcomeOf(task, steps(25, 0.019)), 'success');
  });

  it('restarts the count when the tip leaves for one step', () => {
    const task = reach();
    assert.equal(outcomeOf(task, [...steps(24, 0.019), 0.0201, ...steps(24, 0.019)]), null);
    assert.equal(outcomeOf(task, [...steps(24, 0.019), 0.0201, ...steps(25, 0.019)]), 'success');
  });

  it('keeps the success when the tip leaves afterwards', () => {
    assert.equal(outcomeOf(reach(), [...steps(25, 0.001), ...steps(50, 0.1)]), 'success');
  });

  it('requires half a second at any control period', () => {
    for (const [periodS, needed] of [
      [0.005, 100],
      [0.1, 5],
      [0.3, 2],
    ] as const) {
      const task = reach(periodS);
      assert.equal(outcomeOf(task, steps(needed - 1, 0)), null, `${periodS} s`);
      assert.equal(outcomeOf(task, steps(needed, 0)), 'success', `${periodS} s`);
    }
  });

  it('does not require an additional step because of a rounding error', () => {
    const task = reach(0.01, { successHoldS: 0.07 });
    assert.ok(0.07 / 0.01 > 7);
    assert.equal(outcomeOf(task, steps(7, 0)), 'success');
  });

  it('uses radius and time of its parameters', () => {
    const task = reach(0.02, { successRadiusM: 0.05, successHoldS: 0.04 });
    assert.equal(outcomeOf(task, steps(2, 0.049)), 'success');
    assert.equal(outcomeOf(task, steps(1, 0.049)), null);
  });

  it('never terminates', () => {
    const task = reach();
    assert.equal(task.terminated(tipOff(0), begin(task)), false);
  });

  it('draws targets uniformly over the ring from 5 to 19 cm and elbows away from the stop', () => {
    const task = reach();
    const random = new XoshiroRandom(2);
    const starts = Array.from({ length: 4000 }, () => task.sampleInitialState(random));
    const areas = starts.map(
      ({ memory }) => (Math.hypot(memory![0]!, memory![1]!) ** 2 - 0.05 ** 2) / (0.19 ** 2 - 0.05 ** 2),
    );
    assert.ok(areas.every((area) => area > -1e-12 && area < 1 + 1e-12));
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean part of the area ${mean}`);
    const left = starts.filter(({ memory }) => memory![0]! < 0).length / starts.length;
    assert.ok(Math.abs(left - 0.5) < 0.03);
    assert.ok(starts.every(({ qpos }) => Math.abs(qpos[0]!) <= Math.PI && Math.abs(qpos[1]!) < 2.8));
    assert.ok(starts.some(({ qpos }) => Math.abs(qpos[0]!) > 3 && Math.abs(qpos[1]!) > 2.3 && qpos[0]! * qpos[1]! < 0));
  });

  it('adds a reachable target to a start without one', () => {
    const task = reach();
    const memory = task.initialMemory(tipOff(0), { qpos: new Float64Array(2), qvel: new Float64Array(2) });
    const radius = Math.hypot(memory[0]!, memory[1]!);
    assert.ok(radius > 0.05 && radius < 0.19);
  });

  it('names the missing sensor of a reading', () => {
    const task = reach();
    assert.throws(() => task.observe(readingOf({ positions: [0, 0] }), begin(task)), {
      code: 'E_READING_SHAPE',
      message: /fingertip/,
    });
  });
});
