import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readPolicy } from './sampler-distance.ts';
import { softqd } from './softqd.ts';

interface Snapshot {
  readonly file: string;
  readonly step: number;
  /** Seconds of wall time from the start of the command until the snapshot was on the disk. */
  readonly wallS: number;
}

export interface Training {
  readonly snapshots: readonly Snapshot[];
  /** Seconds from the start of the command to its end, process start and report included. */
  readonly wallS: number;
  /** Seconds for 1,000 steps once learning has begun: between the first snapshot after `learningFrom` and the last. */
  readonly per1000S: number | null;
}

const POLL_MS = 50;

/**
 * `softqd pretrain` once, undisturbed, keeping the policy of every checkpoint with the time at which it was written: evaluated
 * afterwards, they show when a threshold was passed, without the time of the evaluations.
 */
export async function trainWithSnapshots(options: {
  readonly flags: readonly string[];
  readonly everySteps: number;
  readonly learningFrom: number;
  readonly data: string;
}): Promise<Training> {
  const { everySteps, data } = options;
  const out = join(data, 'final.safetensors');
  const snapshots: Snapshot[] = [];
  let run: string | null = null;
  let lastMs = 0;
  const beganMs = Date.now();
  const look = (): void => {
    const policy = run === null ? '' : join(run, 'policy.safetensors');
    if (!existsSync(policy)) return;
    const { mtimeMs } = statSync(policy);
    if (mtimeMs <= lastMs) return;
    lastMs = mtimeMs;
    const file = join(data, `snapshot-${snapshots.length}.safetensors`);
    copyFileSync(policy, file);
    const { step } = readPolicy(file).meta;
    // The one at the end of a run may repeat the last checkpoint's.
    if (step > 0 && step !== snapshots.at(-1)?.step) snapshots.push({ file, step, wallS: (mtimeMs - beganMs) / 1000 });
  };
  const timer = setInterval(look, POLL_MS);
  try {
    const settings = ['--set', `learner.checkpointEverySteps=${everySteps}`, '--eval-every', '0'];
    await softqd(['pretrain', ...options.flags, ...settings, '--out', out, '--data', data], (event) => {
      if (event['event'] === 'started') run = String(event['run']);
    });
    look();
  } finally {
    clearInterval(timer);
  }
  const wallS = (Date.now() - beganMs) / 1000;
  const learning = snapshots.filter(({ step }) => step >= options.learningFrom);
  const [first, last] = [learning[0], learning.at(-1)];
  const span = first === undefined || last === undefined ? 0 : last.step - first.step;
  return { snapshots, wallS, per1000S: span === 0 ? null : (1000 * (last!.wallS - first!.wallS)) / span };
}
