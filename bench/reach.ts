import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, option } from './support/machine.ts';
import { softqd } from './support/softqd.ts';

// `reach` of an arm: how many of the 100 episodes of `evaluate --seed 1000` succeed after a number of steps, for several seeds. Each stage resumes
// the one before, which does not change the run. Resumable: run it again. --robot arm2|so101|koch --preset default --stages 10000,... --seeds 1,...
const robot = option('robot', 'arm2');
const preset = option('preset', 'default');
const stages = option('stages', '10000,15000,20000,25000').split(',');
const seeds = option('seeds', '1,2,3,4,5').split(',');
const EPISODES = '100';
const extra = process.argv.includes('--set')
  ? process.argv.slice(process.argv.indexOf('--set')).filter((word) => word !== '--json')
  : [];
const data = option('data', join(tmpdir(), 'softqd-bench-reach'));
mkdirSync(data, { recursive: true });

for (const seed of seeds) {
  for (const steps of stages) {
    const name = join(data, `${robot}-reach-${preset}-${steps}-s${seed}`);
    const policy = `${name}.safetensors`;
    let wallS: unknown = null;
    if (!existsSync(policy)) {
      const what = ['--robot', robot, '--task', 'reach', '--preset', preset, '--steps', steps, '--seed', seed];
      const place = ['--out', policy, '--data', data, '--eval-every', '0', '--resume'];
      const events = await softqd(['pretrain', ...what, ...place, ...extra]);
      wallS = events.at(-1)!['wallS'];
    }
    const success: Record<string, number> = {};
    for (const mode of ['best', 'sample']) {
      const flags = ['--policy', policy, '--episodes', EPISODES, '--seed', '1000', '--mode', mode];
      const [result] = await softqd(['evaluate', ...flags]);
      success[mode] = (result!['outcomes'] as Record<string, number>)['success'] ?? 0;
    }
    const line = { robot, preset, seed: Number(seed), steps: Number(steps), success, wallS, machine: machine() };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    writeFileSync(`${name}.json`, `${JSON.stringify(line)}\n`);
  }
}
