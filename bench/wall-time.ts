import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machine, option } from './support/machine.ts';
import { trainWithSnapshots, type Training } from './support/snapshots.ts';
import { softqd } from './support/softqd.ts';

// Wall time from the start of the command until the policy reaches the threshold, by engine, and Stable-Baselines3's SAC with its
// defaults for comparison. Time includes the start of all processes and excludes the evaluations, which are done afterwards (SAC: its clock
// is stopped meanwhile). The threshold is checked over the 100 starts of `evaluate --seed 1000`, mode best (SAC: deterministic).
// --what pendulum-native,pendulum-tensorflow,arm2-native,arm2-tensorflow,pendulum-sac --seeds 1 --python PYTHON --pendulum-steps N --arm2-steps N
const what = option('what', 'pendulum-native,pendulum-tensorflow,pendulum-sac,arm2-native,arm2-tensorflow').split(',');
const seeds = option('seeds', '1').split(',');
const python = option('python', 'python3');
const steps = { pendulum: option('pendulum-steps', '6000'), arm2: option('arm2-steps', '25000') };
const EPISODES = '100';
const EVALUATION_SEED = '1000';
/** Mean return over the starts: -200 is the solved threshold of `softqd demo`, -150 is within 28 of the optimum's -122. */
const PENDULUM_MEANS = [-200, -150];
const REACH_SUCCESSES = 95;

interface Score {
  readonly step: number;
  readonly wallS: number;
  readonly score: number;
}

const run = promisify(execFile);

/** Time of the first score above a threshold, and whether all later scores are above it. */
function passing(scores: readonly Score[], threshold: number) {
  const first = scores.findIndex(({ score }) => score >= threshold);
  if (first < 0) return { threshold, step: null, wallS: null, stays: false };
  const { step, wallS } = scores[first]!;
  return { threshold, step, wallS, stays: scores.slice(first).every(({ score }) => score >= threshold) };
}

async function evaluate(policy: string): Promise<Record<string, unknown>> {
  const flags = ['--policy', policy, '--episodes', EPISODES, '--seed', EVALUATION_SEED, '--mode', 'best'];
  return (await softqd(['evaluate', ...flags]))[0]!;
}

async function ours(robot: 'pendulum' | 'arm2', engine: string, seed: string, data: string): Promise<object> {
  const task = robot === 'pendulum' ? 'Pendulum-v1' : 'reach';
  const flags = ['--robot', robot, '--task', task, '--seed', seed, '--engine', engine, '--steps', steps[robot]];
  const everySteps = robot === 'pendulum' ? 500 : 1000;
  const training: Training = await trainWithSnapshots({ flags, everySteps, learningFrom: 1000, data });
  const scores: Score[] = [];
  for (const { file, step, wallS } of training.snapshots) {
    const result = await evaluate(file);
    const successes = (result['outcomes'] as Record<string, number>)['success'] ?? 0;
    scores.push({ step, wallS, score: robot === 'pendulum' ? Number(result['mean']) : successes });
  }
  const thresholds = robot === 'pendulum' ? PENDULUM_MEANS : [REACH_SUCCESSES];
  const passed = thresholds.map((threshold) => passing(scores, threshold));
  return { passed, per1000S: training.per1000S, wallS: training.wallS, scores };
}

async function sac(seed: string, data: string): Promise<object> {
  // The starts are those of any evaluation with this seed: a policy of a few steps is sufficient.
  const policy = join(data, 'starts.safetensors');
  const untrained = ['--robot', 'pendulum', '--task', 'Pendulum-v1', '--seed', '1', '--steps', '600'];
  await softqd(['pretrain', ...untrained, '--eval-every', '0', '--out', policy, '--data', data]);
  const starts = join(data, 'starts.json');
  writeFileSync(starts, JSON.stringify(await evaluate(policy)));
  const script = fileURLToPath(new URL('peers/sb3_sac.py', import.meta.url));
  const words = [script, '--initial-states', starts, '--steps', steps.pendulum, '--every', '500', '--seed', seed];
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '', SOFTQD_BEGAN_MS: String(Date.now()) };
  try {
    const { stdout } = await run(python, words, { maxBuffer: 1 << 20, env });
    const { evaluations, ...rest } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      evaluations: { step: number; wallS: number; mean: number }[];
    };
    const scores = evaluations.map(({ step, wallS, mean }) => ({ step, wallS, score: mean }));
    return { passed: PENDULUM_MEANS.map((threshold) => passing(scores, threshold)), ...rest, scores };
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n');
    return { missing: `no Stable-Baselines3 in ${python} (--python): ${lines.at(-1)!.slice(0, 200)}` };
  }
}

for (const seed of seeds) {
  for (const name of what) {
    const [robot, engine] = name.split('-') as ['pendulum' | 'arm2', 'native' | 'tensorflow' | 'sac'];
    if (!['pendulum', 'arm2'].includes(robot) || !['native', 'tensorflow', 'sac'].includes(engine))
      throw new Error(`--what takes pendulum|arm2 - native|tensorflow and pendulum-sac, not ${name}`);
    const data = mkdtempSync(join(tmpdir(), 'softqd-wall-time-'));
    try {
      const result = engine === 'sac' ? await sac(seed, data) : await ours(robot, engine, seed, data);
      process.stdout.write(`${JSON.stringify({ what: name, seed: Number(seed), ...result, machine: machine() })}\n`);
    } finally {
      rmSync(data, { recursive: true });
    }
  }
}
