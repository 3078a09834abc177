import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import type { Config } from './config.ts';

/** run.json: the effective configuration and the identity of the run. The only file of a run that contains wall time. */
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
  /** SHA-256 of `definition`: runs with equal identity are the same run. */
  readonly identity: string;
  /** Everything the run is a function of, as canonical JSON by name. */
  readonly definition: Readonly<Record<string, string>>;
  readonly parentPolicySha256: string | null;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
  readonly discount: number;
  readonly horizon: number;
  readonly config: Config;
  /** Description of the engine; added when the learner reports it. */
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
