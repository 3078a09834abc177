import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { loadTask, taskSettings } from '../../support/gymnasium.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const NONE = new Float64Array(0);
const pole = loadTask('inverted-pendulum', 'InvertedPendulum-v5');
const poles = loadTask('inverted-double-pendulum', 'InvertedDoublePendulum-v5');

function rewardAt(task: Task, after: Reading): number {
  return task.reward({ before: after, command: { targets: Float64Array.of(1) }, after, memory: NONE }, NONE);
}

function poleAt(angle: number, velocity = 0): Reading {
  return readingOf({ positions: [0.5], sensors: { qpos: [0.5, angle], qvel: [velocity, 2] } });
}

function polesAt(tip: readonly number[], qvel: readonly number[] = [0, 0, 0]): Reading {
  return readingOf({
    positions: [0.1],
    sensors: { qpos: [0.1, 0.2, -0.3], qvel, tip, constraint_forces: [-11, 1, 1] },
  });
}

describe('balance of one pole', () => {
  it('rewards 1 while the pole is up and ends with 0 beyond 0.2 rad', () => {
    for (const [angle, isUp] of [
      [0.2, true],
      [-0.2, true],
      [0.2000001, false],
      [-0.21, false],
    ] as const) {
      assert.equal(rewardAt(pole, poleAt(angle)), isUp ? 1 : 0, `${angle}`);
      assert.equal(pole.terminated(poleAt(angle), NONE), !isUp);
    }
    assert.equal(pole.terminated(poleAt(0, Infinity), NONE), true);
  });

  it('observes coordinates and velocities; a full action is 3', () => {
    assert.deepEqual([...pole.observe(poleAt(0.1, -1), NONE)], [0.5, 0.1, -1, 2]);
    assert.deepEqual([...pole.toCommand(Float32Array.of(1), poleAt(0), NONE).targets], [3]);
  });

  it('starts within 0.01 of upright', () => {
    const random = new XoshiroRandom(4);
    const drawn = Array.from({ length: 500 }, () => pole.sampleInitialState(random));
    const values = drawn.flatMap(({ qpos, qvel }) => [...qpos, ...qvel].map(Math.abs));
    assert.ok(Math.max(...values) <= 0.01 && Math.max(...values) > 0.0099);
  });
});

describe('balance of two poles', () => {
  it('rewards a high tip, less distance and motion', () => {
    assert.equal(rewardAt(poles, polesAt([0, 0, 2])), 10);
    assert.ok(Math.abs(rewardAt(poles, polesAt([2, 0, 1.5], [9, 3, -2])) - (10 - 0.04 - 0.25 - 0.009 - 0.02)) < 1e-14);
    assert.equal(rewardAt(poles, polesAt([0, 0, 1])), -1);
  });

  it('ends when the tip is at 1 m', () => {
    assert.equal(poles.terminated(polesAt([0, 0, 1]), NONE), true);
    assert.equal(poles.terminated(polesAt([0, 0, 1.0001]), NONE), false);
  });

  it('observes sines, cosines, clipped velocities and the clipped force on the cart', () => {
    const expected = [0.1, Math.sin(0.2), Math.sin(-0.3), Math.cos(0.2), Math.cos(-0.3), 10, -10, 3, -10];
    assert.deepEqual([...poles.observe(polesAt([0, 0, 2], [12, -13, 3]), NONE)], expected);
    assert.equal(poles.spec.observationNames.length, 9);
  });

  it('starts with uniform coordinates and normal velocities', () => {
    const random = new XoshiroRandom(5);
    const drawn = Array.from({ length: 1000 }, () => poles.sampleInitialState(random));
    assert.ok(Math.max(...drawn.flatMap(({ qpos }) => [...qpos].map(Math.abs))) <= 0.1);
    const speeds = drawn.flatMap(({ qvel }) => [...qvel]);
    const deviation = Math.sqrt(speeds.reduce((sum, speed) => sum + speed * speed, 0) / speeds.length);
    assert.ok(Math.abs(deviation - 0.1) < 0.005, `${deviation}`);
  });

  it('rejects a tip without the forces on the rail', () => {
    const robot = loadRobot('inverted-double-pendulum');
    const sensors = robot.sensors.filter(({ name }) => name !== 'constraint_forces');
    const settings = taskSettings('inverted-double-pendulum', 'InvertedDoublePendulum-v5');
    assert.throws(() => createTask({ ...robot, sensors }, settings), { code: 'E_TASK_SENSOR_MISSING' });
  });
});
