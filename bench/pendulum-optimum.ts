import { readFileSync } from 'node:fs';
import { XoshiroRandom } from '../src/base/random.ts';
import { machine, option } from './support/machine.ts';
import { DEFAULT_GRID, PendulumValues, type PendulumStart } from './support/pendulum-optimum.ts';

// The optimum of Pendulum-v1 and how far it still depends on the grid: over random starts, or over those of `softqd evaluate --json` (--evaluation FILE).
const evaluation = option('evaluation', '');
const count = Number(option('starts', '100'));
const returns: number[] = [];
const starts: PendulumStart[] = [];
if (evaluation === '') {
  const random = new XoshiroRandom(Number(option('seed', '1000')));
  for (let i = 0; i < count; i++) {
    starts.push({ qpos: [(2 * random.uniform() - 1) * Math.PI], qvel: [2 * random.uniform() - 1] });
  }
} else {
  const result = JSON.parse(readFileSync(evaluation, 'utf8')) as { starts: PendulumStart[]; returns: number[] };
  starts.push(...result.starts);
  returns.push(...result.returns);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const half = {
  angles: DEFAULT_GRID.angles / 2,
  velocities: (DEFAULT_GRID.velocities + 1) / 2,
  torques: DEFAULT_GRID.torques,
};
for (const grid of [half, DEFAULT_GRID]) {
  const began = performance.now();
  const values = new PendulumValues(grid);
  const optima = starts.map(({ qpos, qvel }) => values.optimum(qpos[0]!, qvel[0]!));
  const reached = optima.map((optimum) => optimum.reached);
  const average = mean(reached);
  const line = {
    grid,
    starts: starts.length,
    optimum: average,
    std: Math.sqrt(mean(reached.map((value) => (value - average) ** 2))),
    gridValue: mean(optima.map((optimum) => optimum.value)),
    ...(returns.length === 0 ? {} : { gap: mean(returns.map((value, i) => reached[i]! - value)) }),
    wallS: (performance.now() - began) / 1000,
    machine: machine(),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
