import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { toSoftqdError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { runLearner } from '../learner/index.ts';
import type { LearnerLaunch } from './learner-child.ts';
import { resetCpuAffinity } from './scheduling.ts';
import { runFilePath, parseRunFile } from '../config/index.ts';

// Entry of the learner: the daemon sends where the run and the socket are; everything else stands in run.json.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('disconnect', () => stop.abort());
process.once('message', (plan: LearnerLaunch) => {
  void learn(plan);
});

async function learn(plan: LearnerLaunch): Promise<void> {
  try {
    const file = runFilePath(plan.runDirectory);
    const run = parseRunFile(readFileSync(file, 'utf8'), file);
    resetCpuAffinity(run.config.control, cpus().length);
    await runLearner({
      socketPath: plan.socketPath,
      runDirectory: plan.runDirectory,
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
      ...(plan.parentPolicy === null ? {} : { parentPolicy: plan.parentPolicy }),
      resume: plan.resume,
      signal: stop.signal,
      logger: silentLogger,
    });
    process.exit(0);
  } catch (error) {
    const failure = toSoftqdError(error).toJSON().error;
    process.send?.({ failure }, () => process.exit(1));
    setTimeout(() => process.exit(1), 500).unref();
  }
}
