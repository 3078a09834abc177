import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machine, option } from './support/machine.ts';
import { createStepper } from './support/stepper.ts';
import { quantile, round } from './support/summary.ts';
import { workload } from './support/workload.ts';

// The native engine compared with PyTorch and JAX, alternating, because the speed of a machine varies over minutes.
const { name, options } = workload(option('workload', 'P'));
const python = option('python', 'python3');
const threads = Number(option('threads', '1'));
const blocks = Number(option('blocks', '5'));
const steps = Number(option('steps', '60'));

const run = promisify(execFile);

/** Median milliseconds of a step of the peer, or why it is missing. */
async function peer(script: string): Promise<number | string> {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const words = [path, '--workload', name, '--threads', String(threads), '--steps', String(steps), '--json'];
  try {
    const { stdout } = await run(python, words, {
      maxBuffer: 1 << 20,
      env: { ...process.env, CUDA_VISIBLE_DEVICES: '' },
    });
    return (JSON.parse(stdout.trim().split('\n').at(-1)!) as { step_ms: number }).step_ms;
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n');
    return lines.at(-1)!.slice(0, 200);
  }
}

const stepper = await createStepper({ engine: 'native', backend: 'auto', threads, options });
stepper.run(20);
const times = { native: [] as number[], torch: [] as number[], jax: [] as number[] };
const ratios = { torch: [] as number[], jax: [] as number[] };
const missing: Record<string, string> = {};
for (let block = 0; block < blocks; block++) {
  // softqd before and after each peer: the ratio is that of adjacent runs.
  let before = quantile(stepper.run(steps), 0.5);
  times.native.push(before);
  for (const which of ['torch', 'jax'] as const) {
    if (which in missing) continue;
    const stepMs = await peer(`sql_${which}.py`);
    if (typeof stepMs === 'string') {
      missing[which] = stepMs;
      continue;
    }
    const after = quantile(stepper.run(steps), 0.5);
    times[which].push(stepMs);
    times.native.push(after);
    ratios[which].push(stepMs / ((before + after) / 2));
    before = after;
  }
}
const median = (values: readonly number[]) => (values.length === 0 ? null : round(quantile(values, 0.5)));
const result = {
  workload: name,
  threads,
  backend: stepper.engine.description,
  native: median(times.native),
  torch: median(times.torch),
  jax: median(times.jax),
  ratioTorch: median(ratios.torch),
  ratioJax: median(ratios.jax),
  missing,
};
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const line = (which: 'torch' | 'jax', ratio: number | null) =>
    which in missing
      ? `${which} is not there (${missing[which]!})`
      : `${which} ${result[which]!} ms, ${ratio!} times ours`;
  process.stdout.write(
    `${machine()}\n${name}, ${threads} thread(s), ms a step, medians of ${blocks} blocks: ${result.backend} ${result.native!}; ` +
      `${line('torch', result.ratioTorch)}; ${line('jax', result.ratioJax)}\n`,
  );
}
stepper.engine.dispose();
