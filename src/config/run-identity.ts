import { sha256Hex, uuidFromText } from '../base/digest-adapter.ts';
import type { LoadedConfig } from './config.ts';

/** What a run is a function of besides its configuration. The number of steps is not part of it: a longer run begins with the same bytes. */
export interface RunParameters {
  readonly command: 'pretrain' | 'run' | 'demo';
  readonly mode: 'lock-step' | 'real-time';
  readonly seed: number;
  readonly simulators: number;
  readonly parentPolicySha256: string | null;
  /** Set in real time only: distinguishes runs that are otherwise equal. */
  readonly unique?: string;
}

/** The definition of "the same run". It names sessions, finds the run that `--resume` continues, and guards checkpoints. */
export interface RunIdentity {
  /** SHA-256 of `definition`; equal for equal runs. */
  readonly sha256: string;
  readonly sessionUuid: string;
  /** Everything the run is a function of, as canonical JSON by name. Without ports, tokens, queue sizes, appearance and paths, but for those of learner.priorLogs. */
  readonly definition: Readonly<Record<string, string>>;
}

export function runIdentity(loaded: LoadedConfig, parameters: RunParameters): RunIdentity {
  const { robot, task, modelSha256 } = loaded;
  const values = new Map<string, unknown>([
    ...prefixed('robot', robot ?? {}),
    ['modelSha256', modelSha256],
    ...prefixed('task', task ?? {}),
    ...loaded.runSettings(),
    ...Object.entries(parameters),
  ]);
  const definition = Object.fromEntries([...values].map(([name, value]) => [name, canonicalJson(value)]));
  const text = canonicalJson(definition);
  return { sha256: sha256Hex(text), sessionUuid: uuidFromText(text), definition };
}

function prefixed(prefix: string, object: object): [string, unknown][] {
  return Object.entries(object).map(([name, value]) => [`${prefix}.${name}`, value]);
}

/** JSON with the keys of every object sorted. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
