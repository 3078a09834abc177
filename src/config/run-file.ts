import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import type { Config } from './config.ts';

/** run.json: the resolved configuration and what identifies the run. Wall time stands here and nowhere else in a run's identity. */
export interface RunFile {
  readonly format: 1;
  readonly softqdVersion: string;
  readonly command: 'pretrain' | 'run' | 'demo';
  readonly startedAt: string;
  readonly mode: 'lock-step' | 'real-time';
  readonly robot: string;
  readonly task: string;
  readonly preset: string;
  readonly seed: number;
  readonly simulators: number;
  readonly sessionUuid: string;
  /** SHA-256 of the text that defines the run: configuration, seed, command, parent policy. */
  readonly identity: string;
  readonly parentPolicySha256: string | null;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
  readonly discount: number;
  readonly horizon: number;
  readonly config: Config;
  /** What computed the gradient steps, one line for people; added once the learner has said so. */
  readonly engine?: string;
}

export function runFilePath(runDirectory: string): string {
  return join(runDirectory, 'run.json');
}

/** Throws E_RUN_UNKNOWN when the text is no run.json of this format. */
export function parseRunFile(text: string, file: string): RunFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SoftqdError('E_RUN_UNKNOWN', `${file} is damaged: not JSON`, { cause });
  }
  const run = value as Partial<RunFile> | null;
  if (run === null || run.format !== 1 || typeof run.sessionUuid !== 'string' || run.config === undefined) {
    throw new SoftqdError('E_RUN_UNKNOWN', `${file} is not a run of this version of softqd`);
  }
  return run as RunFile;
}
