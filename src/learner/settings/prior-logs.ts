import { structure } from '../../base/ranges.ts';

/** A log whose transitions are learned from besides the run's own ones. */
export interface PriorLogSetting {
  /** A run, its log directory or a log file. */
  readonly path: string;
  /** Part of each batch. */
  readonly share: number;
}

const MAX_LOGS = 16;
const MAX_PATH_LENGTH = 4096;
const KEYS = ['path', 'share'];

function isPriorLog(value: unknown): value is PriorLogSetting {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { path, share } = value as Record<string, unknown>;
  if (!Object.keys(value).every((key) => KEYS.includes(key))) return false;
  if (typeof path !== 'string' || path === '' || path.length > MAX_PATH_LENGTH || path.includes('\0')) return false;
  return typeof share === 'number' && share > 0 && share < 1;
}

/** The allowed lists of logs. */
export const priorLogList = structure<readonly PriorLogSetting[]>(
  `a list of at most ${MAX_LOGS} logs: {path: a run, log directory or file, share: above 0 and below 1}`,
  (value) => Array.isArray(value) && value.length <= MAX_LOGS && value.every(isPriorLog),
);

/** The share of the run's own experience; what the logs leave. */
export function ownShare(logs: readonly PriorLogSetting[]): number {
  return 1 - logs.reduce((sum, { share }) => sum + share, 0);
}

/** Why the shares cannot be drawn in batches of this size, or null: each source, the run's own one too, needs a transition of each batch. */
export function priorShareProblem(logs: readonly PriorLogSetting[], batchSize: number): string | null {
  const own = ownShare(logs);
  const small = [...logs.map(({ path, share }) => [path, share] as const), ["the run's own experience", own] as const];
  for (const [name, share] of logs.length === 0 ? [] : small) {
    if (share * batchSize < 1 - 1e-9)
      return `gives ${name} a share of ${Number(share.toPrecision(6))}: less than one transition of learner.batchSize ${batchSize}`;
  }
  return null;
}
