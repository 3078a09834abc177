import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dense } from './networks.ts';

const root = join(import.meta.dirname, '../..');
export const EXAMPLES_DIRECTORY = join(root, 'examples');

/** The names of the directories of examples that run, in order. */
export function exampleNames(): string[] {
  return readdirSync(EXAMPLES_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(EXAMPLES_DIRECTORY, entry.name, 'run.sh')))
    .map(({ name }) => name)
    .sort();
}

/** Settings of a small, quick learner, and timeouts for a busy machine. */
const QUICK_ENVIRONMENT: Readonly<Record<string, string>> = {
  SOFTQD_LEARNER_SAMPLER_LAYERS: JSON.stringify(dense([16, 16])),
  SOFTQD_LEARNER_CRITIC_LAYERS: JSON.stringify(dense([16, 16], true)),
  SOFTQD_LEARNER_BATCH_SIZE: '16',
  SOFTQD_LEARNER_FIXED_PARTICLES: '4',
  SOFTQD_LEARNER_UPDATED_PARTICLES: '4',
  SOFTQD_LEARNER_VALUE_SAMPLES: '4',
  SOFTQD_LEARNER_WARMUP_STEPS: '60',
  SOFTQD_LEARNER_LEARNING_STARTS_STEPS: '60',
  SOFTQD_LEARNER_UPDATES_PER_STEP: '0.5',
  SOFTQD_LEARNER_REPLAY_CAPACITY: '5000',
  SOFTQD_EVALUATION_EVERY_STEPS: '0',
  SOFTQD_EVALUATION_EPISODES: '1',
  SOFTQD_DRIVER_CONNECT_TIMEOUT_MS: '30000',
  SOFTQD_DRIVER_COMMAND_TIMEOUT_MS: '100',
  SOFTQD_DRIVER_RECEIVE_TIMEOUT_MS: '3000',
  SOFTQD_CONTROL_READING_MAX_AGE_MS: '1000',
  SOFTQD_CONTROL_REAL_TIME_PRIORITY: '0',
};

export interface ScriptResult {
  readonly code: number | null;
  readonly output: string;
}

export interface ScriptOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly flags?: readonly string[];
  /** The script's process group is interrupted as soon as the output matches. */
  readonly interruptAt?: RegExp;
}

/** Runs one example to its end. */
export function runExample(
  name: string,
  { environment, flags = [], interruptAt }: ScriptOptions,
): Promise<ScriptResult> {
  const script = join(EXAMPLES_DIRECTORY, name, 'run.sh');
  const child = spawn('bash', [script, ...flags], {
    cwd: root,
    detached: true,
    env: { ...process.env, ...QUICK_ENVIRONMENT, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let interrupted = false;
  const collect = (text: string): void => {
    output += text;
    if (interrupted || interruptAt?.test(output) !== true) return;
    interrupted = true;
    process.kill(-child.pid!, 'SIGINT');
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
