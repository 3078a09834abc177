import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, option } from './support/machine.ts';
import { optimalReturns } from './support/pendulum-optimum.ts';
import { softqd } from './support/softqd.ts';

// Pendulum-v1: mean of (optimum - return) over the 100 starts of `evaluate --seed 1000`, mode best, for several seeds. Resumable: run it again.
const steps = option('steps', '10000');
const seeds = option('seeds', '1,2,3').split(',');
const preset = option('preset', 'default');
const extra = process.argv.includes('--set')
  ? process.argv.slice(process.argv.indexOf('--set')).filter((word) => word !== '--json')
  : [];
const data = option('data', join(tmpdir(), 'softqd-bench-pendulum'));
mkdirSync(data, { recursive: true });
interface Start {
  readonly qpos: number[];
  readonly qvel: number[];
}
let optima: number[] | null = null;
for (const seed of seeds) {
  const policy = join(data, `pendulum-${preset}-${steps}-s${seed}.safetensors`);
  const began = performance.now();
  let wallS: unknown = null;
  if (!existsSync(policy)) {
    const flags = [
      '--robot',
      'pendulum',
      '--task',
      'Pendulum-v1',
      '--preset',
      preset,
      '--steps',
      steps,
      '--seed',
      seed,
      '--out',
      policy,
      '--data',
      data,
      '--resume',
    ];
    const events = await softqd(['pretrain', ...flags, ...extra]);
    wallS = events.at(-1)!['wallS'];
  }
  const [result] = await softqd([
    'evaluate',
    '--policy',
    policy,
    '--episodes',
    '100',
    '--seed',
    '1000',
    '--mode',
    'best',
  ]);
  const returns = result!['returns'] as number[];
  optima ??= optimalReturns(result!['starts'] as Start[]);
  const gaps = returns.map((value, i) => optima![i]! - value);
  const gap = gaps.reduce((sum, value) => sum + value, 0) / gaps.length;
  const line = {
    seed: Number(seed),
    steps: Number(steps),
    preset,
    gap,
    meanReturn: result!['mean'],
    wallS,
    totalS: (performance.now() - began) / 1000,
    machine: machine(),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  writeFileSync(join(data, `pendulum-${preset}-${steps}-s${seed}.json`), `${JSON.stringify({ ...line, gaps })}\n`);
}
