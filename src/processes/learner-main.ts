import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { toSoftqdError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { runLearner } from '../learner/index.ts';
import type { LearnerFailureMessage, LearnerLaunch } from './learner-child.ts';
import { resetCpuAffinity } from './scheduling.ts';
import { runFilePath, parseRunFile } from '../config/index.ts';

// Entry file of the learner process: the daemon sends the run directory and the socket path; everything else is in run.json.

/** The process exits even if its parent does not receive the error. */
const SEND_TIMEOUT_MS = 500;

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('disconnect', () => stop.abort());
process.once('message', (launch: LearnerLaunch) => {
  void main(launch);
});

async function main(launch: LearnerLaunch): Promise<void> {
  try {
    const file = runFilePath(launch.runDirectory);
    const run = parseRunFile(readFileSync(file, 'utf8'), file);
    resetCpuAffinity(run.config.control, cpus().length);
    await runLearner({
      socketPath: launch.socketPath,
      runDirectory: launch.runDirectory,
      mode: run.mode,
      task: {
        robot: run.robot,
        name: run.task,
        observationNames: run.observationNames,
        actionNames: run.actionNames,
        discount: run.discount,
      },
      learner: run.config.learner,
      seed: run.seed,
      run: { sha256: run.identity, definition: run.definition },
      sessionUuid: run.sessionUuid,
      ...(launch.parentPolicy === null ? {} : { parentPolicy: launch.parentPolicy }),
      resume: launch.resume,
      signal: stop.signal,
      logger: silentLogger,
    });
    process.exit(0);
  } catch (error) {
    const message: LearnerFailureMessage = { failure: toSoftqdError(error).toJSON().error };
    process.send?.(message, () => process.exit(1));
    setTimeout(() => process.exit(1), SEND_TIMEOUT_MS).unref();
  }
}
