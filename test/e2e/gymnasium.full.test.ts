import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cli, quickLearner, temporaryDirectory } from '../support/cli.ts';
import { GYMNASIUM_ROBOTS, trajectoriesOf } from '../support/gymnasium.ts';
import { assertSameBytes, runBytes } from '../support/run-bytes.ts';

describe('the tasks of Gymnasium from the command line', function () {
  this.timeout(180_000);
  const folders = Array.from({ length: 2 }, temporaryDirectory);
  after(() => folders.forEach((folder) => folder.remove()));

  for (const [robot, environment] of GYMNASIUM_ROBOTS) {
    it(`replay-actions: ${robot} does what ${environment} does`, async () => {
      const { episodes } = trajectoriesOf(environment);
      const [episode] = episodes as [(typeof episodes)[number]];
      const { qpos, qvel } = episode.start;
      const actions = episode.steps.map(({ action }) => ({ action }));
      // One action more: of an episode that has terminated it is skipped.
      const lines = [{ reset: { qpos, qvel } }, ...actions, actions[0]].map((line) => JSON.stringify(line));
      const result = await cli(['replay-actions', '--robot', robot, '--task', `${environment}-v5`, '--actions', '-'], {
        input: `${lines.join('\n')}\n`,
      });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.events.length, actions.length + (episode.steps.at(-1)!.terminated ? 0 : 1));
      episode.steps.forEach((expected, i) => {
        const { observation, reward, terminated, truncated } = result.events[i] as unknown as typeof expected;
        assert.deepEqual([terminated, truncated], [expected.terminated, expected.truncated]);
        assert.ok(Math.abs(reward - expected.reward) < 1e-9, `step ${i}: ${reward}, not ${expected.reward}`);
        for (const [k, value] of (expected.observation ?? []).entries())
          assert.ok(Math.abs(observation![k]! - value) < 1e-9, `step ${i}, observation ${k}`);
      });
    });
  }

  it('pretrain: the hopper trains, and the same seed gives the same bytes', async () => {
    for (const { path } of folders) {
      const result = await cli([
        ...['pretrain', '--robot', 'hopper', '--task', 'Hopper-v5', '--steps', '300', '--seed', '3'],
        ...['--out', join(path, 'p.safetensors'), '--data', path, '--json', ...quickLearner],
      ]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.events.at(-1)!['steps'], 300);
    }
    const [first, second] = folders.map(({ path }) => runBytes(path)) as [Map<string, Buffer>, Map<string, Buffer>];
    assertSameBytes(first, second);
  });

  it('evaluate: plays the trained policy; the guard clips nothing', async () => {
    const policy = join(folders[0]!.path, 'p.safetensors');
    const result = await cli(['evaluate', '--policy', policy, '--episodes', '3', '--mode', 'sample', '--json']);
    assert.equal(result.code, 0, result.stderr);
    const { lengths, terminated, truncated, clips } = result.events[0] as unknown as {
      lengths: number[];
      terminated: number;
      truncated: number;
      clips: Record<string, number>;
    };
    assert.equal(lengths.length, 3);
    assert.equal(terminated + truncated, 3);
    assert.deepEqual(clips, {});
  });
});
