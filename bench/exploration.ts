import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  EXPLORATION_TASKS,
  explorationTable,
  reachedIn,
  type ExplorationRun,
  type ExplorationTask,
} from './support/exploration.ts';
import { readJsonLines } from './support/json-lines.ts';
import { machine, option } from './support/machine.ts';
import { softqd } from './support/softqd.ts';

// The paper's exploration tasks, snake and maze: which runs find the better of two ways. One JSON line a run, also in DATA/exploration.jsonl, then
// a table beside the paper's. Resumable: run it again. --tasks forward-backward,maze --presets default,ddpg --seeds 1,2,3 --steps 100000
// --config FILE (settings of every run, e.g. config/experiments/exploration.json5) --data DIR.
const tasks = option('tasks', EXPLORATION_TASKS.map(({ task }) => task).join(',')).split(',');
const presets = option('presets', 'default,ddpg').split(',');
const seeds = option('seeds', '1,2,3').split(',').map(Number);
const steps = Number(option('steps', '100000'));
const config = option('config', '');
const data = option('data', 'build/exploration');
const EPISODES = 10;
const EVALUATION_SEED = '1000';
const file = join(data, 'exploration.jsonl');

async function train(task: ExplorationTask, preset: string, seed: number): Promise<ExplorationRun> {
  const policy = join(data, `${preset}-${task.task}-s${seed}-${steps}.safetensors`);
  const events = await softqd([
    ...['pretrain', '--robot', task.robot, '--task', task.task, '--preset', preset, '--steps', String(steps)],
    ...['--seed', String(seed), '--out', policy, '--data', data, '--resume'],
    ...(config === '' ? ['--eval-every', '0'] : ['--config', config]),
  ]);
  const done = events.at(-1)!;
  const reached = await reachedIn(task, String(done['log']));
  const finalPolicy = { best: NaN, sample: NaN };
  const meanReturn = { best: NaN, sample: NaN };
  for (const mode of ['best', 'sample'] as const) {
    const flags = ['--policy', policy, '--episodes', String(EPISODES), '--seed', EVALUATION_SEED, '--mode', mode];
    const [result] = await softqd(['evaluate', ...flags]);
    finalPolicy[mode] = ((result!['outcomes'] as Record<string, number>)[task.outcome] ?? 0) / EPISODES;
    meanReturn[mode] = Number(result!['mean']);
  }
  const found = task.isFound(reached);
  const wallS = Number(done['wallS']);
  return { task: task.task, preset, seed, steps, reached, found, finalPolicy, meanReturn, wallS, machine: machine() };
}

mkdirSync(data, { recursive: true });
const known = readJsonLines(file) as ExplorationRun[];
const runs: ExplorationRun[] = [];
for (const name of tasks) {
  const task = EXPLORATION_TASKS.find((one) => one.task === name);
  if (task === undefined) throw new Error(`--tasks ${name}: unknown`);
  for (const preset of presets) {
    for (const seed of seeds) {
      const isThis = (run: ExplorationRun): boolean =>
        run.task === name && run.preset === preset && run.seed === seed && run.steps === steps;
      const earlier = known.find(isThis);
      const run = earlier ?? (await train(task, preset, seed));
      const line = `${JSON.stringify(run)}\n`;
      if (earlier === undefined) appendFileSync(file, line);
      process.stdout.write(line);
      runs.push(run);
    }
  }
}
process.stderr.write(explorationTable(runs));
