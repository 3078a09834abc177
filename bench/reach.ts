import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, option } from './support/machine.ts';
import { softqd } from './support/softqd.ts';

// arm2 reach: how many of the 100 episodes of `evaluate --seed 1000` succeed after a number of steps, for several seeds. Each stage resumes the one
// before, which does not change the run. Resumable: run it again.
const stages = option('steps', '10000,15000,20000,25000').split(',');
const seeds = option('seeds', '1,2,3,4,5').split(',');
const EPISODES = '100';
const extra = process.argv.includes('--set')
  ? process.argv.slice(process.argv.indexOf('--set')).filter((word) => word !== '--json')
  : [];
const data = option('data', join(tmpdir(), 'softqd-bench-reach'));
mkdirSync(data, { recursive: true });

for (const seed of seeds) {
  for (const steps of stages) {
    const policy = join(data, `reach-${steps}-s${seed}.safetensors`);
    let wallS: unknown = null;
    if (!existsSync(policy)) {
      const what = ['--robot', 'arm2', '--task', 'reach', '--steps', steps, '--seed', seed, '--out', policy];
      const events = await softqd(['pretrain', ...what, '--data', data, '--eval-every', '0', '--resume', ...extra]);
      wallS = events.at(-1)!['wallS'];
    }
    const success: Record<string, number> = {};
    for (const mode of ['best', 'sample']) {
      const flags = ['--policy', policy, '--episodes', EPISODES, '--seed', '1000', '--mode', mode];
      const [result] = await softqd(['evaluate', ...flags]);
      success[mode] = (result!['outcomes'] as Record<string, number>)['success'] ?? 0;
    }
    const line = { seed: Number(seed), steps: Number(steps), success, wallS, machine: machine() };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    writeFileSync(join(data, `reach-${steps}-s${seed}.json`), `${JSON.stringify(line)}\n`);
  }
}
