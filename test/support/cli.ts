import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dense } from './networks.ts';

const entry = fileURLToPath(new URL('../../src/commands/main.ts', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of stdout. */
  readonly events: Record<string, unknown>[];
}

/** A softqd process that runs from source. */
export class Cli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly done: Promise<CliResult>;
  readonly events: Record<string, unknown>[] = [];
  private readonly listeners = new Set<(event: Record<string, unknown>) => void>();

  constructor(
    commandArguments: readonly string[],
    /** `input` null: the standard input stays open for `type`. */
    options: { env?: NodeJS.ProcessEnv; input?: string | null; cwd?: string } = {},
  ) {
    const env = { ...process.env, NO_COLOR: '1', ...options.env };
    this.child = spawn(
      process.execPath,
      ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, entry, ...commandArguments],
      {
        env,
        cwd: options.cwd,
      },
    );
    let stdout = '';
    let stderr = '';
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.parseLine(line);
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    this.child.stdin.on('error', () => undefined);
    if (options.input !== null) this.child.stdin.end(options.input ?? '');
    this.done = new Promise((resolve) => {
      this.child.once('close', (code) => resolve({ code, stdout, stderr, events: this.events }));
    });
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** The first matching event, past or future. Rejects when the process exits without one. */
  event(matches: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const past = this.events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const listener = (event: Record<string, unknown>): void => {
        if (!matches(event)) return;
        this.listeners.delete(listener);
        resolve(event);
      };
      this.listeners.add(listener);
      void this.done.then(({ code, stderr }) =>
        reject(new Error(`ended with ${code ?? 'a signal'} before the event: ${stderr}`)),
      );
    });
  }

  private parseLine(line: string): void {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as Record<string, unknown>;
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
  }
}

/** Runs softqd until it exits. */
export function cli(
  commandArguments: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
): Promise<CliResult> {
  return new Cli(commandArguments, options).done;
}

/** The code of the error that `--json` printed. */
export function errorCode(result: CliResult): string | undefined {
  const last = result.events.at(-1) as { error?: { code?: string } } | undefined;
  return last?.error?.code;
}

/** A temporary directory; `remove` deletes it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'softqd-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Flags for a small, fast learner: 2 x 16 units, batches of 16, an update every second step, 60 warm-up steps. */
export const quickLearner = [
  ['learner.samplerLayers', JSON.stringify(dense([16, 16]))],
  ['learner.criticLayers', JSON.stringify(dense([16, 16], true))],
  ['learner.batchSize', '16'],
  ['learner.fixedParticles', '4'],
  ['learner.updatedParticles', '4'],
  ['learner.valueSamples', '4'],
  ['learner.warmupSteps', '60'],
  ['learner.learningStartsSteps', '60'],
  ['learner.updatesPerStep', '0.5'],
  ['learner.samplerEvery', '1'],
  ['learner.replayCapacity', '5000'],
  ['learner.checkpointEverySteps', '50'],
  ['learner.metricsEverySteps', '20'],
  ['evaluation.everySteps', '0'],
].flatMap(([key, value]) => ['--set', `${key!}=${value!}`]);
