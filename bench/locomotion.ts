import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJsonLines } from './support/json-lines.ts';
import { learnerNumbers } from './support/learner-numbers.ts';
import { MODES, type Stage } from './support/locomotion-stage.ts';
import { machine, option } from './support/machine.ts';
import { markdownTable } from './support/markdown-table.ts';
import { PUBLISHED_RETURNS, type PublishedReturns } from './support/published-returns.ts';
import { softqd } from './support/softqd.ts';

// Gymnasium's MuJoCo tasks: return after a number of steps, of 10 episodes from held-out starts, modes best and sample, and the learner's
// numbers (support/learner-numbers.ts). One line a stage, also appended to RESULTS, then a table beside published returns; bench:figures draws
// them. A stage in RESULTS is not repeated, and an interrupted run continues in DATA: run it again. --tasks HalfCheetah-v5,... --seeds 11,12,13
// --stages 10000,20000,... (those up to the steps of the table) --preset default --label NAME --data DIR --results FILE, and --set key=value
// ... at the end.
const tasks = option('tasks', 'HalfCheetah-v5,Hopper-v5,Walker2d-v5,Ant-v5').split(',');
const seeds = option('seeds', '11,12,13').split(',').map(Number);
const stages = option('stages', '10000,20000,50000,80000,90000,100000').split(',').map(Number);
const preset = option('preset', 'default');
const label = option('label', preset);
const data = option('data', 'build/locomotion');
const resultsFile = option('results', 'bench/results/locomotion.jsonl');
const extra = process.argv.includes('--set') ? process.argv.slice(process.argv.indexOf('--set')) : [];
const EPISODES = '10';
const EVALUATION_SEED = '1000';

/** `from`: the step at which the stage begins. */
async function runStage(
  { robot, task }: PublishedReturns,
  seed: number,
  { from, steps }: { readonly from: number; readonly steps: number },
): Promise<Stage> {
  const isThis = (stage: Stage): boolean =>
    stage.task === task && stage.label === label && stage.seed === seed && stage.steps === steps;
  const earlier = known.find(isThis);
  if (earlier !== undefined) return earlier;
  const policy = join(data, `${label}-${task}-s${seed}-${steps}.safetensors`);
  const what = ['--robot', robot, '--task', task, '--preset', preset, '--steps', String(steps), '--seed', String(seed)];
  const place = ['--out', policy, '--data', join(data, label), '--eval-every', '0', '--resume'];
  const events = await softqd(['pretrain', ...what, ...place, ...extra]);
  const returns = { best: NaN, sample: NaN };
  for (const mode of MODES) {
    const flags = ['--policy', policy, '--episodes', EPISODES, '--seed', EVALUATION_SEED, '--mode', mode];
    const [result] = await softqd(['evaluate', ...flags]);
    returns[mode] = Number(result!['mean']);
  }
  const done = events.at(-1)!;
  const learner = await learnerNumbers({ log: String(done['log']), policyFile: policy, from, to: steps });
  const wallS = Number(done['wallS']);
  const stage = { task, label, seed, steps, returns, learner, wallS, machine: machine() };
  appendFileSync(resultsFile, `${JSON.stringify(stage)}\n`);
  return stage;
}

/** Mean and each seed's `best` at the steps of the published ones; no row without a result. */
function tableRows({ task, steps, sac, best }: PublishedReturns, all: readonly Stage[]): (string | number)[][] {
  const own = all.filter((stage) => stage.task === task && stage.steps === steps);
  if (own.length === 0) return [];
  const mean = (mode: (typeof MODES)[number]): number =>
    Math.round(own.reduce((sum, { returns }) => sum + returns[mode], 0) / own.length);
  const each = own.map(({ seed, returns }) => `${seed}: ${Math.round(returns.best)}`).join(', ');
  return [[task, steps, mean('best'), mean('sample'), each, sac, best]];
}

mkdirSync(data, { recursive: true });
mkdirSync(dirname(resultsFile), { recursive: true });
const known = readJsonLines(resultsFile) as Stage[];
const results: Stage[] = [];
for (const task of tasks) {
  const rows = PUBLISHED_RETURNS.filter((row) => row.task === task);
  const [first] = rows;
  if (first === undefined) throw new Error(`--tasks ${task}: unknown`);
  const last = Math.max(...rows.map(({ steps }) => steps));
  for (const seed of seeds) {
    for (const [i, steps] of stages.filter((count) => count <= last).entries()) {
      const stage = await runStage(first, seed, { from: stages[i - 1] ?? 0, steps });
      results.push(stage);
      process.stdout.write(`${JSON.stringify(stage)}\n`);
    }
  }
}
const head = ['task', 'steps', 'best, mean', 'sample, mean', 'best, each seed', 'SAC, published', 'best published'];
const rows = PUBLISHED_RETURNS.flatMap((row) => tableRows(row, results));
process.stderr.write(markdownTable(head, rows));
