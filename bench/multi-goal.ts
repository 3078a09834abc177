import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable } from './support/markdown-table.ts';
import { machine, option } from './support/machine.ts';
import { reportFigure } from './support/report-figure.ts';
import { alphaOf, readPolicy, samplerDistances, type SamplerDistance } from './support/sampler-distance.ts';
import { softqd } from './support/softqd.ts';

// MultiGoal as in the paper, with a tenth of its steps: which goals 200 rollouts reach, and the sampler against exp(Q / alpha) at the three
// states of figure 2 (total variation); compared with ddpg. One line a run, then a table. Resumable: run it again. --presets default,paper,ddpg
// --seeds 1,2,3 --steps 100000 --data DIR; --figure FILE.svg draws the first seed of each preset.
const steps = option('steps', '100000');
const seeds = option('seeds', '1,2,3').split(',');
const presets = option('presets', 'default,ddpg').split(',');
const episodes = option('episodes', '200');
const figure = option('figure', '');
const extra = process.argv.includes('--set')
  ? process.argv.slice(process.argv.indexOf('--set')).filter((word) => word !== '--json')
  : [];
const data = option('data', join(tmpdir(), 'softqd-bench-multi-goal'));
mkdirSync(data, { recursive: true });

/** The states of figure 2 of the paper. */
const STATES = [
  [-2, 0],
  [0, 0],
  [2.5, 2.5],
];
const GOALS = ['goal0', 'goal1', 'goal2', 'goal3'];

const origin = join(data, 'origin.json');
writeFileSync(origin, JSON.stringify(Array.from({ length: Number(episodes) }, () => ({ qpos: [0, 0], qvel: [0, 0] }))));

/** The fraction of the rollouts that ended at each goal. */
function shares(result: Record<string, unknown>): number[] {
  const outcomes = result['outcomes'] as Record<string, number>;
  return GOALS.map((goal) => (outcomes[goal] ?? 0) / Number(episodes));
}

interface Line {
  readonly preset: string;
  readonly seed: number;
  readonly steps: number;
  /** Part of the rollouts that ended at each goal, from the starts of the task. */
  readonly reached: readonly number[];
  readonly none: number;
  /** The same, every rollout from the same point: differences come from the policy, not from the start. */
  readonly reachedFromOrigin: readonly number[];
  readonly meanReturn: unknown;
  readonly alpha: number;
  /** null: a policy with one latent has no distribution to compare. */
  readonly sampler: readonly SamplerDistance[] | null;
  /** null: the policy was there already. */
  readonly wallS: unknown;
  readonly machine: string;
}

/** `name`: of the files of this run, without an ending. */
async function run(preset: string, seed: string, name: string): Promise<Line> {
  if (existsSync(`${name}.json`)) return JSON.parse(readFileSync(`${name}.json`, 'utf8')) as Line;
  const policy = `${name}.safetensors`;
  let wallS: unknown = null;
  if (!existsSync(policy)) {
    const what = ['--robot', 'point2', '--task', 'MultiGoal', '--preset', preset, '--steps', steps, '--seed', seed];
    const where = ['--out', policy, '--data', data, '--resume'];
    const events = await softqd(['pretrain', ...what, ...where, '--eval-every', '0', ...extra]);
    wallS = events.at(-1)!['wallS'];
    const started = String(events.find(({ event }) => event === 'started')?.['run']);
    await softqd(['report', started, '--out', `${name}.html`, '--data', data]);
  }
  const play = ['--policy', policy, '--episodes', episodes, '--seed', '1000', '--mode', 'sample'];
  const [result] = await softqd(['evaluate', ...play]);
  const reached = shares(result!);
  const [fromOrigin] = await softqd(['evaluate', '--policy', policy, '--initial-states', origin, '--mode', 'sample']);
  const snapshot = readPolicy(policy);
  const line = {
    ...{ preset, seed: Number(seed), steps: Number(steps), reached },
    none: 1 - reached.reduce((sum, part) => sum + part, 0),
    reachedFromOrigin: shares(fromOrigin!),
    meanReturn: result!['mean'],
    alpha: alphaOf(snapshot),
    sampler: snapshot.meta.algorithm['latent'] === 'zero' ? null : samplerDistances(snapshot, STATES),
    wallS,
    machine: machine(),
  };
  writeFileSync(`${name}.json`, `${JSON.stringify(line)}\n`);
  return line;
}

const percent = (values: readonly number[]): string => values.map((value) => (100 * value).toFixed(1)).join(', ');

function tableRow({ preset, seed, reached, none, reachedFromOrigin, meanReturn, sampler }: Line): string[] {
  const distances = sampler?.map(({ totalVariation }) => totalVariation.toFixed(2)).join(', ');
  const largest = sampler === null ? '-' : Math.max(...sampler.map(({ totalVariation }) => totalVariation)).toFixed(2);
  return [
    ...[preset, String(seed), percent(reached), percent([none]), percent(reachedFromOrigin)],
    ...[String(Math.round(Number(meanReturn))), distances ?? '-', largest],
  ];
}

const lines: Line[] = [];
const pages: { head: string; html: string }[] = [];
for (const preset of presets) {
  for (const seed of seeds) {
    const name = join(data, `${preset}-${steps}-s${seed}`);
    const line = await run(preset, seed, name);
    lines.push(line);
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (seed === seeds[0] && existsSync(`${name}.html`))
      pages.push({
        head: `Preset ${preset}, ${steps} steps, seed ${seed}`,
        html: readFileSync(`${name}.html`, 'utf8'),
      });
  }
}
const head = [
  'preset',
  'seed',
  'goals (5,0), (-5,0), (0,5), (0,-5), %',
  'none, %',
  'from the origin, %',
  'mean return',
];
const distances = ['sampler and exp(Q / alpha) at (-2,0), (0,0), (2.5,2.5)', 'largest'];
process.stderr.write(markdownTable([...head, ...distances], lines.map(tableRow)));
if (figure !== '') writeFileSync(figure, reportFigure(pages));
