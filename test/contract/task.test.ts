import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../src/base/random.ts';
import { quantizeAction } from '../../src/robot/command.ts';
import type { Reading, ResetState } from '../../src/robot/reading.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { createTask, type Task, type TaskMemory } from '../../src/task/index.ts';
import { arm2Robot, pendulumRobot, point2Robot, readingOf } from '../support/robots.ts';
import { loadRobot } from '../support/simulator.ts';

function readingAt(robot: RobotSpec, state: ResetState): Reading {
  const sensors = Object.fromEntries(robot.sensors.map(({ name, size }) => [name, Array<number>(size).fill(0.1)]));
  return readingOf({ positions: [...state.qpos], velocities: [...state.qvel], sensors });
}

const snapshot = (values: ArrayLike<number>): number[] => Array.from(values);

for (const [robot, kind, own] of [
  [pendulumRobot, 'pendulum'],
  [arm2Robot, 'reach'],
  [point2Robot, 'multi-goal'],
  [loadRobot('so101'), 'reach'],
  [loadRobot('koch'), 'reach'],
  [loadRobot('pendulum-rig'), 'swing-up'],
  [loadRobot('ant'), 'locomotion'],
  [loadRobot('swimmer'), 'locomotion'],
  [loadRobot('snake'), 'finish-line'],
  [loadRobot('quadruped'), 'maze'],
  [loadRobot('reacher'), 'reacher'],
  [loadRobot('inverted-pendulum'), 'balance'],
  [loadRobot('inverted-double-pendulum'), 'balance'],
  [loadRobot('so101'), 'hold-pose'],
  [arm2Robot, 'hold-pose'],
  [point2Robot, 'track'],
  [loadRobot('so101'), 'reach', { successAngleRad: 0.2 }],
] as const) {
  describe(`every task: ${robot.name} ${kind}`, () => {
    // Without noise an episode of a moving robot always begins at the same state.
    const noise = ['locomotion', 'finish-line', 'maze'].includes(kind) ? { positionNoise: 0.1 } : {};
    const path = kind === 'track' ? { jointPathRadOrM: [[0, 0], [1, 1]] } : {}; // prettier-ignore
    const parameters = { ...noise, ...path, ...own };
    const task: Task = createTask(robot, { name: kind, kind, discount: 0.99, horizon: 30, parameters });
    const actionOf = (random: XoshiroRandom): Float32Array =>
      Float32Array.from({ length: task.spec.actionSize }, () => quantizeAction(2 * random.uniform() - 1));

    const beginning = (random: XoshiroRandom): [Reading, TaskMemory] => {
      const state = task.sampleInitialState(random);
      const reading = readingAt(robot, state);
      return [reading, task.initialMemory(reading, state)];
    };

    it('draws the same initial states for one seed and different ones for another', () => {
      const draw = (seed: number): string => {
        const { qpos, qvel, memory } = task.sampleInitialState(new XoshiroRandom(seed));
        return JSON.stringify([snapshot(qpos), snapshot(qvel), snapshot(memory ?? [])]);
      };
      assert.equal(draw(3), draw(3));
      assert.notEqual(draw(3), draw(4));
    });

    it('returns finite observations of its size and finite rewards, and does not change its arguments', () => {
      const random = new XoshiroRandom(5);
      for (let round = 0; round < 50; round++) {
        const state = task.sampleInitialState(random);
        const before = readingAt(robot, state);
        const after = readingAt(robot, task.sampleInitialState(random));
        const memory = task.initialMemory(before, state);
        const action = actionOf(random);
        const command = task.toCommand(action, before, memory);
        const given = [before.positions, before.velocities, after.positions, memory, action, command.targets].map(
          snapshot,
        );
        const observation = task.observe(before, memory);
        assert.equal(observation.length, task.spec.observationNames.length);
        assert.ok(observation.every(Number.isFinite));
        const step = { before, command, after, memory };
        const next = task.nextMemory(step);
        assert.equal(next.length, memory.length);
        assert.ok(Number.isFinite(task.reward(step, next)));
        assert.equal(typeof task.terminated(after, next), 'boolean');
        task.outcome?.(next, false);
        assert.deepEqual(
          [before.positions, before.velocities, after.positions, memory, action, command.targets].map(snapshot),
          given,
        );
      }
    });

    it('returns the action of an unaltered command exactly', () => {
      const random = new XoshiroRandom(6);
      for (let round = 0; round < 200; round++) {
        const [reading, memory] = beginning(random);
        const action = actionOf(random);
        assert.deepEqual(task.toAction(task.toCommand(action, reading, memory).targets, reading, memory), action);
      }
      const corners = new Float32Array(task.spec.actionSize);
      for (const corner of [-1, 0, 1]) {
        const [reading, memory] = beginning(random);
        corners.fill(corner);
        assert.deepEqual(task.toAction(task.toCommand(corners, reading, memory).targets, reading, memory), corners);
      }
    });

    it('passes NaN and infinity to the guard', () => {
      const [reading, memory] = beginning(new XoshiroRandom(7));
      for (const bad of [NaN, Infinity, -Infinity]) {
        const { targets } = task.toCommand(new Float32Array(task.spec.actionSize).fill(bad), reading, memory);
        assert.ok(targets.every((target) => !Number.isFinite(target)));
      }
      const short = task.toCommand(new Float32Array(0), reading, memory).targets;
      assert.equal(short.length, robot.joints.length);
      assert.ok(short.every(Number.isNaN));
    });

    it('maps a target outside the action range to the nearest action', () => {
      const [reading, memory] = beginning(new XoshiroRandom(8));
      const far = new Float64Array(robot.joints.length);
      assert.deepEqual(snapshot(task.toAction(far.fill(1e6), reading, memory)), Array(far.length).fill(1));
      assert.deepEqual(snapshot(task.toAction(far.fill(-1e6), reading, memory)), Array(far.length).fill(-1));
    });

    it('truncates at the horizon, not before', () => {
      assert.equal(task.truncated(task.spec.horizon - 1), false);
      assert.equal(task.truncated(task.spec.horizon), true);
    });
  });
}
