import assert from 'node:assert/strict';
import type { Reading } from '../../../src/robot/reading.ts';
import { createWorld, type World } from '../../../src/simulator/index.ts';
import type { Task } from '../../../src/task/index.ts';
import { GYMNASIUM_ROBOTS, loadTask, trajectoriesOf } from '../../support/gymnasium.ts';
import { loadRobot, robotDirectory } from '../../support/simulator.ts';

/**
 * Largest deviation of observation and reward in the first steps of an episode. Contacts make HalfCheetah and Ant chaotic: rounding that
 * differs between WASM and native code grows by a factor of ten in about ten steps.
 */
const TOLERANCE: Readonly<Record<string, readonly { readonly steps: number; readonly deviation: number }[]>> = {
  HalfCheetah: [
    { steps: 20, deviation: 1e-9 },
    { steps: 50, deviation: 1e-6 },
  ],
  Ant: [
    { steps: 50, deviation: 1e-9 },
    { steps: 100, deviation: 1e-5 },
  ],
};
/** Everywhere else, over whole episodes. */
const EXACT = [{ steps: Infinity, deviation: 1e-11 }];

type Episode = ReturnType<typeof trajectoriesOf>['episodes'][number];

describe('the tasks of Gymnasium, over its own trajectories', () => {
  for (const [robot, environment] of GYMNASIUM_ROBOTS) {
    describe(environment, function () {
      this.timeout(60_000);
      const { episodes } = trajectoriesOf(environment);
      const task = loadTask(robot, `${environment}-v5`);
      let world: World;
      before(async () => {
        world = await createWorld(loadRobot(robot), robotDirectory(robot));
      });
      after(() => world.dispose());

      it('starts at the state of the model: the task draws around it', () => {
        const qpos = world.initialState().qpos;
        const noiseless = { uniform: () => 0.5, normal: () => 0 };
        const { qpos: drawn } = task.sampleInitialState(noiseless as never);
        // The reacher's target is drawn, not placed.
        const own = environment === 'Reacher' ? 2 : qpos.length;
        assert.deepEqual([...drawn.subarray(0, own)], [...qpos.subarray(0, own)]);
      });

      it('gives the first observation exactly', () => {
        for (const episode of episodes)
          assert.deepEqual([...task.observe(begin(world, episode), new Float64Array(0))], episode.start.observation);
      });

      it('gives the same observations, rewards and ends', () => {
        let steps = 0;
        for (const episode of episodes) {
          const deviations = replay(world, task, episode);
          for (const { steps: count, deviation } of TOLERANCE[environment] ?? EXACT) {
            const worst = Math.max(...deviations.slice(0, count));
            assert.ok(worst <= deviation, `${count} steps: ${worst}`);
          }
          steps += deviations.length;
        }
        assert.equal(steps, 200);
      });

      it('continues bit-identically from a saved state', () => {
        const [{ steps }] = episodes as [Episode];
        const drive = (from: number, to: number): Reading[] =>
          steps.slice(from, to).map(({ action }) => {
            world.step(Float64Array.from(action));
            return world.reading();
          });
        begin(world, episodes[0]!);
        drive(0, 3);
        const saved = world.saveState();
        const straightOn = drive(3, 20);
        begin(world, episodes[1]!);
        world.loadState(saved);
        assert.deepEqual(drive(3, 20), straightOn);
      });
    });
  }
});

function begin(world: World, { start }: Episode): Reading {
  world.reset({ qpos: Float64Array.from(start.qpos), qvel: Float64Array.from(start.qvel) });
  return world.reading();
}

/** The largest deviation of each step; asserts that the episode ends as given. */
function replay(world: World, task: Task, episode: Episode): number[] {
  let before = begin(world, episode);
  const memory = new Float64Array(0);
  return episode.steps.map((expected, index) => {
    const targets = Float64Array.from(expected.action);
    world.step(targets);
    const after = world.reading();
    const reward = task.reward({ before, command: { targets }, after, memory }, memory);
    assert.equal(task.terminated(after, memory), expected.terminated, `step ${index}`);
    assert.equal(task.truncated(index + 1), expected.truncated, `step ${index}`);
    before = after;
    const observation = [...task.observe(after, memory)];
    assert.equal(observation.length, task.spec.observationNames.length);
    const differences = (expected.observation ?? []).map((value, i) => Math.abs(value - observation[i]!));
    return Math.max(Math.abs(reward - expected.reward), ...differences);
  });
}
