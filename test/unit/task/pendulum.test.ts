import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { createTask } from '../../../src/task/index.ts';
import { pendulumRobot, readingOf } from '../../support/robots.ts';

/** State, torque -> float32 observation of that state and reward, computed once in Python by the formulas of Gymnasium's pendulum.py. */
const GYMNASIUM = [
  { theta: 0, thetaDot: 0, torque: 0, observation: [1, 0, 0], reward: 0 },
  { theta: Math.PI, thetaDot: 1, torque: 2, observation: [-1, 1.2246468525851679e-16, 1], reward: -9.973604401089357 },
  {
    theta: -Math.PI,
    thetaDot: -1,
    torque: 0.5,
    observation: [-1, -1.2246468525851679e-16, -1],
    reward: -9.969854401089357,
  },
  {
    theta: 3.5,
    thetaDot: -8,
    torque: -7.25,
    observation: [-0.9364566802978516, -0.35078322887420654, -8],
    reward: -14.150120454100326,
  },
  {
    theta: -40.123,
    thetaDot: 2.5,
    torque: 1.999,
    observation: [-0.7533173561096191, -0.6576571464538574, 2.5],
    reward: -6.504229798269075,
  },
  {
    theta: 100,
    thetaDot: 0.1,
    torque: -2,
    observation: [0.8623188734054565, -0.5063656568527222, 0.10000000149011612],
    reward: -0.2869237408264916,
  },
  { theta: 1, thetaDot: 0, torque: 3, observation: [0.5403022766113281, 0.8414709568023682, 0], reward: -1.004 },
  {
    theta: -3 * Math.PI,
    thetaDot: 7.75,
    torque: -0.125,
    observation: [-1, -3.6739402930577075e-16, 7.75],
    reward: -15.875870026089359,
  },
] as const;

describe('Pendulum-v1', () => {
  const task = createTask(pendulumRobot, {
    name: 'Pendulum-v1',
    kind: 'pendulum',
    discount: 0.99,
    horizon: 200,
    parameters: {},
  });
  const none = new Float64Array(0);

  it('returns the observations and rewards of Gymnasium, bit-identical', () => {
    for (const { theta, thetaDot, torque, observation, reward } of GYMNASIUM) {
      const before = readingOf({ positions: [theta], velocities: [thetaDot] });
      assert.deepEqual([...task.observe(before, none)], observation);
      const step = { before, command: { targets: Float64Array.of(torque) }, after: before, memory: none };
      assert.equal(task.reward(step, none) + 0, reward);
    }
  });

  it('rewards the state before the step, not the one after', () => {
    const before = readingOf({ positions: [1], velocities: [2] });
    const after = readingOf({ positions: [0], velocities: [0] });
    const command = { targets: Float64Array.of(0) };
    assert.equal(task.reward({ before, command, after, memory: none }, none), -(1 + 0.1 * 4));
  });

  it('applies the cost of the limit to a torque beyond the range', () => {
    const before = readingOf({ positions: [0] });
    const reward = (torque: number): number =>
      task.reward({ before, command: { targets: Float64Array.of(torque) }, after: before, memory: none }, none);
    assert.equal(reward(1000), reward(2));
    assert.equal(reward(-1000), reward(-2));
    assert.ok(reward(1.9) > reward(2));
  });

  it('scales actions by 2 N m', () => {
    const reading = readingOf({ positions: [0] });
    for (const action of [-1, -0.25, 0, 0.5, 1]) {
      assert.equal(task.toCommand(Float32Array.of(action), reading, new Float64Array(0)).targets[0], 2 * action);
    }
  });

  it('starts with the angle anywhere and the velocity within one rad/s, uniformly', () => {
    const random = new XoshiroRandom(11);
    const starts = Array.from({ length: 4000 }, () => task.sampleInitialState(random));
    for (const [part, bound] of [
      ['qpos', Math.PI],
      ['qvel', 1],
    ] as const) {
      const values = starts.map((start) => start[part][0]! / bound);
      assert.ok(values.every((value) => value >= -1 && value < 1));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      assert.ok(Math.abs(mean) < 0.03, `${part} mean ${mean}`);
      assert.ok(Math.abs(square - 1 / 3) < 0.02, `${part} mean square ${square}`);
    }
  });

  it('never terminates', () => {
    assert.equal(task.terminated(readingOf({ positions: [99], velocities: [8] }), none), false);
    assert.ok(!('outcome' in task));
  });
});
