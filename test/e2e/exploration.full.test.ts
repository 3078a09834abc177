import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reachedIn, EXPLORATION_TASKS } from '../../bench/support/exploration.ts';
import { cli, temporaryDirectory } from '../support/cli.ts';

const CONFIG = 'config/experiments/exploration.json5';
/** More than a batch. */
const STEPS = '150';
/** The presets learn from thousands of steps on, and the configuration reports every 5000. */
const EARLY = ['learningStartsSteps=140', 'warmupSteps=140', 'metricsEverySteps=10'].flatMap((setting) => [
  '--set',
  `learner.${setting}`,
]);

interface RunFile {
  readonly preset: string;
  readonly config: {
    readonly evaluation: { readonly everySteps: number };
    readonly learner: {
      readonly checkpointEverySteps: number;
      readonly algorithm: { readonly targetCopyUpdates: number };
    };
  };
}

describe('the exploration tasks at the scale of the paper', function () {
  this.timeout(180_000);
  const folder = temporaryDirectory();
  after(() => folder.remove());

  for (const task of EXPLORATION_TASKS) {
    for (const preset of ['paper', 'ddpg']) {
      it(`starts and learns: ${task.task}, preset ${preset}`, async () => {
        const out = join(folder.path, `${task.task}-${preset}.safetensors`);
        const result = await cli([
          ...['pretrain', '--robot', task.robot, '--task', task.task, '--preset', preset, '--steps', STEPS],
          ...['--seed', '1', '--out', out, '--data', folder.path, '--config', CONFIG, '--json', ...EARLY],
        ]);
        assert.equal(result.code, 0, result.stderr);
        const started = result.events.find(({ event }) => event === 'started')!;
        const file = JSON.parse(readFileSync(join(String(started['run']), 'run.json'), 'utf8')) as RunFile;
        const { evaluation, learner } = file.config;
        assert.equal(file.preset, preset);
        assert.deepEqual([evaluation.everySteps, learner.checkpointEverySteps], [100_000, 50_000]);
        // The targets of the snake stand still for longer.
        if (task.robot === 'snake') assert.equal(learner.algorithm.targetCopyUpdates, 5000);
        assert.ok(Number(result.events.findLast(({ event }) => event === 'progress')!['updates']) > 0);

        const done = result.events.at(-1)!;
        const reached = await reachedIn(task, String(done['log']));
        assert.ok(Object.values(reached).every(Number.isFinite) && Object.keys(reached).length > 0);
        assert.equal(task.isFound(reached), false, '150 steps are too few');

        const played = await cli(['evaluate', '--policy', out, '--episodes', '1', '--mode', 'sample', '--json']);
        assert.equal(played.code, 0, played.stderr);
        const { outcomes, lengths } = played.events[0] as unknown as {
          outcomes: Record<string, number>;
          lengths: number[];
        };
        assert.deepEqual(Object.values(outcomes), [1]);
        assert.ok(lengths[0]! <= 500);
      });
    }
  }
});
