import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MonotonicClock } from '../base/monotonic-clock.ts';
import { SoftqdError, toSoftqdError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { AlgorithmOptions, Engine } from '../engine/port.ts';
import { connectToDaemon } from '../experience/link/index.ts';
import { damagedPlaceText, openExperience } from '../experience/index.ts';
import type { ExperienceSource } from '../experience/port.ts';
import { AlertRelay } from './alert-relay.ts';
import { buildTrainer } from './build-trainer.ts';
import { decodeParts, type CheckpointParts, type RunIdentity } from './checkpoint-parts.ts';
import { checkpointExists, readCheckpoint } from './checkpoint/index.ts';
import type { LearnerConfig } from './settings/index.ts';
import { IngestedRanges } from './ingested-ranges.ts';
import { LearnerSession, type ResumeState } from './learner-session.ts';
import { checkMemoryBudget } from './memory-budget.ts';
import { parentSha256, stateFromParent } from './parent-policy.ts';
import type { LearningTask } from './policy-writer.ts';
import { checkPriorContents, loadPriorLogs, scanPriorLogs, type PriorLogContent } from './prior-logs.ts';
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
 * E_LEARNER_DIVERGED (invalid metrics), E_CHECKPOINT, E_MEMORY_BUDGET, E_CONNECT (the daemon is disconnected), E_LOG_FILE (a prior log) and
 * the errors of the engine.
 */
export async function runLearner(options: RunLearnerOptions): Promise<void> {
  const { task, learner: config, seed, logger, signal } = options;
  const sizes = {
    observationSize: task.observationNames.length,
    actionSize: task.actionNames.length,
    discount: task.discount,
  };
  const alerts = new AlertRelay(logger);
  const priorOptions = { config, ...sizes, onAlert: alerts.send };
  const prior = await scanPriorLogs(priorOptions);
  const priorRows = prior.map(({ rows }) => rows);
  const replayBytes = checkMemoryBudget(config, sizes, priorRows);
  logger.info(`replay: ${replayBytes} bytes for ${config.replayCapacity} transitions`, { replayBytes });
  const { makeEngine } = options;
  const build = { config, sizes, seed, prior, logger, onAlert: alerts.send };
  const trainer = await buildTrainer(makeEngine === undefined ? build : { ...build, makeEngine });
  try {
    const parent = parentSha256(options.parentPolicy);
    const journal = new IngestedRanges();
    const start = options.resume ? await resume(options, { trainer, journal, prior }) : null;
    if (start === null && options.parentPolicy !== undefined) {
      trainer.loadParent(stateFromParent(options.parentPolicy, trainer.engine.state(), config));
    }
    await loadPriorLogs(prior, priorOptions, (log, transition) => trainer.addPrior(log, transition, start === null));
    const hello = { cursor: journal.cursor, engine: trainer.engine.description };
    const connection = await connectToDaemon({ socketPath: options.socketPath, hello, signal });
    checkWelcome(options, connection.welcome);
    const origin = { task, config, seed, parent };
    const { runDirectory, run } = options;
    const clock = new MonotonicClock();
    const session = new LearnerSession(
      { connection, trainer, journal, prior, origin, run, runDirectory, replayBytes, clock, logger, signal },
      start,
    );
    alerts.connect((alert) => session.alert(alert));
    await session.run();
  } finally {
    trainer.dispose();
  }
}

interface Resumed {
  readonly trainer: Trainer;
  readonly journal: IngestedRanges;
  readonly prior: readonly PriorLogContent[];
}

/** null when no checkpoint was completed yet: the run starts over from the daemon's log, which is complete. */
async function resume(options: RunLearnerOptions, { trainer, journal, prior }: Resumed): Promise<ResumeState | null> {
  const directory = join(options.runDirectory, 'checkpoint');
  if (!(await checkpointExists(directory))) return null;
  const checkpoint = await readCheckpoint(directory);
  const parts = decodeParts(checkpoint, options.run);
  const { state, engine } = parts;
  checkPriorContents(state.prior, prior);
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
