import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import { expandLogPaths, transitionsOf } from '../experience/index.ts';
import type { LearnerAlert } from '../experience/port.ts';
import type { Transition } from '../robot/transition.ts';
import { checkTransition } from './check-transition.ts';
import { clippedProposedAction } from './clipped-action.ts';
import type { LearnerConfig, PriorLogSetting } from './settings/index.ts';

/** Identifies what was learned from: a resumed run needs the same transitions. */
export interface PriorLogContent {
  readonly path: string;
  /** Transitions that can be learned from. */
  readonly transitions: number;
  /** SHA-256 of them, in order. */
  readonly sha256: string;
}

/** A log that was read once to its end. */
export interface PriorLog extends PriorLogContent {
  readonly share: number;
  readonly files: readonly string[];
  /** Transitions, and clipped ones a second time with `learnClipped`: what a memory for it holds. */
  readonly rows: number;
}

export interface PriorLogOptions {
  readonly config: Pick<LearnerConfig, 'priorLogs' | 'learnClipped'>;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly onAlert: (alert: LearnerAlert) => void;
}

/**
 * Reads every log of `priorLogs` to its end. Corrupt records and transitions that are not finite are left out and reported, a log
 * without transitions is reported. Throws E_LOG_FILE (missing, not a log, of another robot or task), E_DISK.
 */
export async function scanPriorLogs(options: PriorLogOptions): Promise<readonly PriorLog[]> {
  const scanned: PriorLog[] = [];
  for (const setting of options.config.priorLogs) scanned.push(await scan(setting, options));
  return scanned;
}

/** Reads the scanned transitions again, with the number of their log; also when a log has grown since. Throws E_LOG_FILE. */
export async function loadPriorLogs(
  logs: readonly PriorLog[],
  options: PriorLogOptions,
  take: (log: number, transition: Transition) => void,
): Promise<void> {
  const ignore = { onDamage: () => undefined, onRejected: () => undefined };
  for (const [i, log] of logs.entries()) {
    let left = log.transitions;
    if (left === 0) continue;
    for await (const transition of learnable(log, options, ignore)) {
      take(i, transition);
      left -= 1;
      if (left === 0) break;
    }
    if (left > 0) throw new SoftqdError('E_LOG_FILE', `the prior log ${log.path} became shorter while it was read`);
  }
}

/** Throws E_CHECKPOINT when the logs are not those that a checkpoint was made with. */
export function checkPriorContents(then: readonly PriorLogContent[], now: readonly PriorLogContent[]): void {
  for (const [i, { path, transitions, sha256 }] of now.entries()) {
    const before = then[i];
    if (before?.sha256 === sha256) continue;
    throw new SoftqdError(
      'E_CHECKPOINT',
      `the prior log ${path} has ${transitions} transitions, other ones than the ${before?.transitions ?? 0} of the checkpoint`,
      {
        hint: 'Restore the log as it was, or start a new run without --resume.',
        values: { path, transitions },
      },
    );
  }
}

async function scan({ path, share }: PriorLogSetting, options: PriorLogOptions): Promise<PriorLog> {
  const files = await expandLogPaths([await logOf(path)]);
  const hash = createHash('sha256');
  let [transitions, rows, damaged, rejected] = [0, 0, 0, 0];
  const skipped = {
    onDamage: (records: number): void => void (damaged += records),
    onRejected: (): void => void (rejected += 1),
  };
  for await (const transition of learnable({ path, files }, options, skipped)) {
    transitions += 1;
    rows += options.config.learnClipped && clippedProposedAction(transition) !== null ? 2 : 1;
    addToHash(hash, transition);
  }
  const warn = (text: string): void =>
    options.onAlert({ level: 'warning', code: 'E_LOG_FILE', message: `prior log ${path}: ${text}`, hint: '' });
  if (damaged > 0) warn(`${damaged} corrupt records are left out`);
  if (rejected > 0) warn(`${rejected} transitions that are not finite or have an action outside [-1, 1] are left out`);
  if (transitions === 0) warn('it has no transitions to learn from; its share of each batch goes to the others');
  return { path, share, files, transitions, rows, sha256: hash.digest('hex') };
}

interface Skipped {
  readonly onDamage: (records: number) => void;
  readonly onRejected: () => void;
}

/** Each transition once. */
async function* learnable(
  { path, files }: Pick<PriorLog, 'path' | 'files'>,
  { observationSize, actionSize }: PriorLogOptions,
  { onDamage, onRejected }: Skipped,
): AsyncGenerator<Transition> {
  let newest: Pick<Transition, 'sessionUuid' | 'sequence'> = { sessionUuid: '', sequence: -1 };
  for await (const transition of transitionsOf(files, ({ records }) => onDamage(records))) {
    const { sessionUuid, sequence } = transition;
    if (sessionUuid === newest.sessionUuid && sequence <= newest.sequence) continue;
    newest = { sessionUuid, sequence };
    checkSizes(path, transition, { observationSize, actionSize });
    try {
      checkTransition(transition, observationSize, actionSize);
    } catch {
      onRejected();
      continue;
    }
    yield transition;
  }
}

function checkSizes(
  path: string,
  { observation, appliedAction }: Transition,
  sizes: Pick<PriorLogOptions, 'observationSize' | 'actionSize'>,
): void {
  const { observationSize, actionSize } = sizes;
  if (observation.length === observationSize && appliedAction.length === actionSize) return;
  throw new SoftqdError(
    'E_LOG_FILE',
    `the prior log ${path} has ${observation.length} observations and ${appliedAction.length} actions, this task ${observationSize} and ${actionSize}`,
    {
      hint: 'Name logs of the same robot and task in learner.priorLogs.',
      values: { path, observations: observation.length, actions: appliedAction.length },
    },
  );
}

/** The log directory of a run, or the path itself. */
async function logOf(path: string): Promise<string> {
  const inRun = join(path, 'log');
  const found = await stat(inRun).catch(() => null);
  return found?.isDirectory() === true ? inRun : path;
}

function addToHash(hash: Hash, t: Transition): void {
  const { sessionUuid, sequence, episode, step, reward, terminated, truncated, reasonCodes } = t;
  hash.update(JSON.stringify([sessionUuid, sequence, episode, step, reward, terminated, truncated, reasonCodes]));
  for (const { buffer, byteOffset, byteLength } of [
    t.observation,
    t.proposedAction,
    t.appliedAction,
    t.nextObservation,
  ])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}
