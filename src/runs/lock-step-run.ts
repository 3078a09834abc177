import { readFile } from 'node:fs/promises';
import { sha256Hex } from '../base/digest-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { SimulatedClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { XoshiroRandom } from '../base/random.ts';
import { MemoryTelemetry } from '../base/telemetry.ts';
import { damageText, isDamaged, truncateLogAfter } from '../experience/index.ts';
import { checkMemoryBudget, readDaemonCheckpoint } from '../learner/index.ts';
import { lockRun } from '../processes/index.ts';
import { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { RobotAndTask } from './components.ts';
import { decodeDaemonCheckpoint, restoreActivePolicy, type DaemonCheckpoint } from './daemon-checkpoint.ts';
import { LearningSession, openLog } from './learning-session.ts';
import { MetricsLog } from './metrics-log.ts';
import { isCommandLost } from './open-simulator-command.ts';
import { openTrainingRobots } from './open-training-robots.ts';
import { PolicySwitcher } from './policy-switcher.ts';
import { Progress } from './progress.ts';
import type { RunDirectory } from './run-directory.ts';
import { TensorBoardLog } from './tensorboard-log.ts';
import { Training } from './training.ts';
import { TrainingEvaluation } from './training-evaluation.ts';
import { logTransitions, sendToLearner } from './transition-receivers.ts';

export interface LockStepRunOptions {
  readonly selected: RobotAndTask;
  readonly run: RunDirectory;
  readonly resume: boolean;
  readonly stepsTotal: number;
  readonly ui: CommandUi;
  /** `best` evaluations at or above this mean are "solved"; null: no threshold. */
  readonly solvedAtReturn: number | null;
  readonly stopWhenSolved: boolean;
}

export interface LockStepRunResult {
  readonly stepsDone: number;
  readonly solvedAtStep: number | null;
  readonly policyFile: string;
  readonly policySha256: string;
  /** Gradient updates of the learner so far; 0: the policy is an untrained network. */
  readonly updates: number;
  readonly wallS: number;
  readonly interrupted: boolean;
}

/**
 * A learning run in lock-step from its beginning, or from its checkpoint, to its end. Everything it opens it closes. When a simulator that
 * softqd started exits, the run continues from the checkpoint that is then written, with new simulators and new episodes; one that makes no
 * step before it exits again ends the run.
 */
export async function lockStepRun(options: LockStepRunOptions): Promise<LockStepRunResult> {
  const { selected, ui } = options;
  let earlierS = 0;
  let resume = options.resume;
  for (let lostAtStep = -1; ;) {
    const attempt: { opened: OpenedRun | null } = { opened: null };
    try {
      const result = await runOnce({ ...options, resume }, attempt);
      return { ...result, wallS: earlierS + result.wallS };
    } catch (error) {
      const stepsDone = attempt.opened?.training.stepsDone ?? -1;
      const isLost = isCommandLost(error, selected.loaded.config.simulator);
      if (!isLost || stepsDone <= lostAtStep || ui.signal.aborted) throw error;
      ui.info(`the simulator is started again; the run continues from step ${stepsDone} with new episodes`);
      earlierS += attempt.opened?.progress.wallS() ?? 0;
      lostAtStep = stepsDone;
      resume = true;
    }
  }
}

async function runOnce(options: LockStepRunOptions, attempt: { opened: OpenedRun | null }): Promise<LockStepRunResult> {
  const closer = new CleanupStack();
  closer.defer(lockRun(options.run.path));
  try {
    reportMemoryBudget(options);
    const opened = await open(options, closer);
    attempt.opened = opened;
    await train(options, opened);
    opened.progress.report(opened.training.stepsDone);
    // Closing writes the last policy and ends the log: only then are both files as the result describes them.
    await closer.close();
    return await result(options, opened);
  } finally {
    await closer.close();
  }
}

/** The field of the event `started` that only a resumed run has. */
function resumedFrom(checkpoint: DaemonCheckpoint | null): { readonly resumedFromStep?: number } {
  return checkpoint === null ? {} : { resumedFromStep: checkpoint.stepsDone };
}

interface OpenedRun {
  readonly session: LearningSession;
  readonly training: Training;
  readonly progress: Progress;
}

function reportMemoryBudget({ selected, run, ui }: LockStepRunOptions): void {
  const { observationNames, actionSize } = selected.task.spec;
  const { learner } = run.file.config;
  const bytes = checkMemoryBudget(learner, { observationSize: observationNames.length, actionSize });
  ui.info(`replay memory: ${bytes} bytes for ${learner.replayCapacity} transitions`);
}

async function open(options: LockStepRunOptions, closer: CleanupStack): Promise<OpenedRun> {
  const { selected, run, ui, stepsTotal } = options;
  const { file } = run;
  const checkpoint = options.resume ? await restoreCheckpoint(options) : null;
  const firstStep = checkpoint?.stepsDone ?? 0;
  const random = new XoshiroRandom(file.seed);
  const clock = new SimulatedClock();
  const shared = {
    ...{ run, closer, logger: silentLogger, telemetry: new MemoryTelemetry() },
    nextSequence: checkpoint?.nextSequence ?? 0,
  };
  const log = await openLog(shared);
  const resume = checkpoint !== null;
  const session = await LearningSession.start({ ...shared, resume, parentPolicy: null, ui });
  ui.event({ event: 'started', run: run.path, learnerPid: session.supervisor.pid, ...resumedFrom(checkpoint) });
  const robots = await openTrainingRobots({ selected, simulators: file.simulators, random, clock, ui, closer });
  const policies = robots.map(({ policy }) => policy);
  const switcher = new PolicySwitcher(policies, selected.identity, (error, version) =>
    ui.info(`policy snapshot ${version} rejected, keeping the current policy: ${error.message}`),
  );
  session.link.snapshots$.subscribe((snapshot) => switcher.receive(snapshot));
  if (checkpoint?.activePolicy) {
    switcher.receive(restoreActivePolicy(checkpoint.activePolicy));
    switcher.swap();
  }
  const tensorBoard = new TensorBoardLog({
    directory: run.tensorBoardDirectory,
    afterStep: firstStep,
    onFailure: (reason) => ui.info(`no TensorBoard file: ${reason}`),
  });
  closer.defer(() => tensorBoard.close());
  session.link.metrics$.subscribe((metrics) => tensorBoard.addLearner(metrics));
  const progress = new Progress({ ui, session, stepsTotal, firstStep, task: selected.task });
  const metricsLog = new MetricsLog({
    ...{ log, robot: selected.robot, withJointStates: file.config.log.jointStates },
    ...{ lockStep: true, metricsSteps: firstStep },
  });
  const evaluation = new TrainingEvaluation({ ...options, closer, session, switcher, progress, tensorBoard });
  const training: Training = new Training({
    ...{ robots, clock, log, session, switcher, stepsTotal },
    initialStateRng: random.fork('starts'),
    policySyncSteps: file.config.learner.policySyncSteps,
    metricsEverySteps: file.config.learner.metricsEverySteps,
    checkpointEverySteps: file.config.learner.checkpointEverySteps,
    evaluateEverySteps: file.config.evaluation.everySteps,
    signal: ui.signal,
    sessionUuid: file.sessionUuid,
    receivers: [logTransitions(log, metricsLog), sendToLearner(session), (tick) => progress.received(tick)],
    hooks: {
      onEpisodeEnd: (episode, episodeReturn, step, outcome) => {
        progress.episodeEnded(episode, episodeReturn, outcome);
        tensorBoard.add(step, { 'train/return': episodeReturn });
      },
      onLearned: (timeNs) => metricsLog.learnerMetrics(timeNs, session.latestMetrics),
      evaluate: (step) => evaluation.evaluate(step, training),
    },
  });
  await training.begin(checkpoint);
  return { session, training, progress };
}

async function train({ ui }: LockStepRunOptions, { training }: OpenedRun): Promise<void> {
  try {
    await training.run();
  } catch (error) {
    if (error instanceof SoftqdError && error.code !== 'E_LEARNER_DIVERGED' && error.code !== 'E_LEARNER_LOST') {
      await training
        .checkpointWithoutWorld()
        .catch((cause: unknown) => ui.info(`could not save a checkpoint: ${String(cause)}`));
    }
    throw error;
  }
}

async function result(
  { run, ui }: LockStepRunOptions,
  { session, training, progress }: OpenedRun,
): Promise<LockStepRunResult> {
  return {
    stepsDone: training.stepsDone,
    solvedAtStep: training.solvedAtStep,
    policyFile: run.policyFile,
    policySha256: sha256Hex(await readFile(run.policyFile)),
    updates: session.updates,
    wallS: progress.wallS(),
    interrupted: ui.signal.aborted,
  };
}

/** Truncates log and curve to the checkpoint and returns the daemon's part of it; null: the run has no checkpoint. */
async function restoreCheckpoint({
  run,
  ui,
}: Pick<LockStepRunOptions, 'run' | 'ui'>): Promise<DaemonCheckpoint | null> {
  const bytes = await readDaemonCheckpoint(run.checkpointDirectory);
  const checkpoint = bytes === null ? null : decodeDaemonCheckpoint(bytes);
  const last = checkpoint === null ? -1 : checkpoint.nextSequence - 1;
  const damage = await truncateLogAfter(run.logDirectory, run.file.sessionUuid, last);
  if (isDamaged(damage)) ui.info(`the log of this run contains ${damageText(damage)}; they are skipped`);
  run.cutCurve(checkpoint?.stepsDone ?? 0);
  return checkpoint;
}
