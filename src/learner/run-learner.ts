import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { AlgorithmOptions, Engine } from '../engine/port.ts';
import { connectToDaemon } from '../experience/link/index.ts';
import { damagedPlaceText, openExperience } from '../experience/index.ts';
import type { ExperienceSource, LearnerAlert } from '../experience/port.ts';
import { buildTrainer } from './build-trainer.ts';
import { decodeParts, type CheckpointParts, type RunIdentity } from './checkpoint-parts.ts';
import { checkpointExists, readCheckpoint } from './checkpoint/index.ts';
import type { LearnerConfig } from './settings/index.ts';
import { IngestedRanges } from './ingested-ranges.ts';
import { LearnerSession, type ResumeState } from './learner-session.ts';
import { checkMemoryBudget } from './memory-budget.ts';
import { parentSha256, stateFromParent } from './parent-policy.ts';
import type { LearningTask } from './policy-writer.ts';
import { rebuildReplay } from './rebuild-replay.ts';
import type { Trainer } from './trainer.ts';

export interface RunLearnerOptions {
  readonly socketPath: string;
  /** Holds `log/` (read), `checkpoint/` and `policy.safetensors` (written). */
  readonly runDirectory: string;
  /** What the daemon must match. */
  readonly mode: 'lock-step' | 'real-time';
  readonly task: LearningTask;
  readonly learner: LearnerConfig;
  readonly seed: number;
  /** A checkpoint is resumed only when it has the same. */
  readonly run: RunIdentity;
  readonly sessionUuid: string;
  /** A policy file to fine-tune from. */
  readonly parentPolicy?: Uint8Array;
  /** Resume from the checkpoint when there is one. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Other parts (tests). */
  readonly makeEngine?: (options: AlgorithmOptions) => Promise<Engine>;
  readonly source?: ExperienceSource;
}

/**
 * A learner from its start (or its checkpoint) to the daemon's close. Resolves after an orderly close or `signal`; throws
 * E_LEARNER_DIVERGED (invalid metrics), E_CHECKPOINT, E_MEMORY_BUDGET, E_CONNECT (the daemon is disconnected) and the errors of the engine.
 */
export async function runLearner(options: RunLearnerOptions): Promise<void> {
  const { task, learner: config, seed, logger, signal } = options;
  const sizes = {
    observationSize: task.observationNames.length,
    actionSize: task.actionNames.length,
    discount: task.discount,
  };
  const replayBytes = checkMemoryBudget(config, sizes);
  logger.info(`replay: ${replayBytes} bytes for ${config.replayCapacity} transitions`, { replayBytes });
  // Until the link is connected (and in tests) alerts are logged.
  let onAlert = (alert: LearnerAlert): void => logger.warning(alert.message, { code: alert.code });
  const trainer = await buildTrainer({
    config,
    sizes,
    seed,
    logger,
    onAlert: (alert) => onAlert(alert),
    ...(options.makeEngine === undefined ? {} : { makeEngine: options.makeEngine }),
  });
  try {
    const parent = parentSha256(options.parentPolicy);
    const journal = new IngestedRanges();
    const start = options.resume ? await resume(options, { trainer, journal }) : null;
    if (start === null && options.parentPolicy !== undefined) {
      trainer.loadParent(stateFromParent(options.parentPolicy, trainer.engine.state(), config));
    }
    const hello = { cursor: journal.cursor, engine: trainer.engine.description };
    const connection = await connectToDaemon({ socketPath: options.socketPath, hello, signal });
    checkWelcome(options, connection.welcome);
    const origin = { task, config, seed, parent };
    const { runDirectory } = options;
    const clock = new MonotonicClock();
    const session = new LearnerSession(
      { connection, trainer, journal, origin, run: options.run, runDirectory, replayBytes, clock, logger, signal },
      start,
    );
    onAlert = (alert) => session.alert(alert);
    await session.run();
  } finally {
    trainer.dispose();
  }
}

interface Resumed {
  readonly trainer: Trainer;
  readonly journal: IngestedRanges;
}

/** null when no checkpoint was completed yet: the run starts over from the daemon's log, which is complete. */
async function resume(options: RunLearnerOptions, { trainer, journal }: Resumed): Promise<ResumeState | null> {
  const directory = join(options.runDirectory, 'checkpoint');
  if (!(await checkpointExists(directory))) return null;
  const checkpoint = await readCheckpoint(directory);
  const parts = decodeParts(checkpoint, options.run);
  const { state, engine } = parts;
  try {
    trainer.restore(state.trainer, engine);
  } catch (cause) {
    const message = `the checkpoint in ${directory} does not fit this network: ${toSoftqdError(cause).message}`;
    throw new SoftqdError('E_CHECKPOINT', message, { cause, values: { directory } });
  }
  journal.restore(state.segments);
  await rebuildReplay({
    trainer,
    source:
      options.source ??
      openExperience(join(options.runDirectory, 'log'), (place) => options.logger.warning(damagedPlaceText(place))),
    segments: state.segments,
    rejected: state.rejected,
    oldestEpisodeSequence: state.oldestEpisodeSequence ?? Infinity,
  });
  return {
    version: state.version,
    published: publishedOf(parts),
    lastMetrics: state.lastMetrics,
    rejected: state.rejected,
  };
}

function publishedOf({ published }: CheckpointParts): ResumeState['published'] {
  return published === null
    ? null
    : { ...published, sha256: createHash('sha256').update(published.bytes).digest('hex') };
}

function checkWelcome(
  options: RunLearnerOptions,
  welcome: { readonly sessionUuid: string; readonly lockStep: boolean },
): void {
  const mode = welcome.lockStep ? 'lock-step' : 'real-time';
  if (welcome.sessionUuid === options.sessionUuid && mode === options.mode) return;
  const message = `the daemon runs session ${welcome.sessionUuid} in ${mode}, this learner was started for ${options.sessionUuid} in ${options.mode}`;
  throw new SoftqdError('E_PROTOCOL_MISMATCH', message);
}
