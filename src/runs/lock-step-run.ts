import { copyFile, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256Hex } from '../base/digest-adapter.ts';
import { makeDirectory } from '../base/make-directory-adapter.ts';
import { SoftqdError } from '../base/errors.ts';
import { SimulatedClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { XoshiroRandom } from '../base/random.ts';
import { MemoryTelemetry } from '../base/telemetry.ts';
import { RobotInstance } from '../control/index.ts';
import { damageText, isDamaged, truncateLogAfter } from '../experience/index.ts';
import { checkMemoryBudget, readDaemonCheckpoint } from '../learner/index.ts';
import { decodePolicy } from '../policy/index.ts';
import { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import { decodeDaemonCheckpoint, type DaemonCheckpoint } from './daemon-checkpoint.ts';
import { mean, standardDeviation } from './episodes.ts';
import { sampleInitialStates, Evaluator } from './evaluator.ts';
import {
  connectToSimulator,
  createGuardForRobot,
  createPolicy,
  simulatorLaunch,
  type RobotAndTask,
} from './components.ts';
import { LearningSession, openLog } from './learning-session.ts';
import { MetricsLog } from './metrics-log.ts';
import { MAX_POLICY_BYTES, PolicySwitcher } from './policy-switcher.ts';
import { Progress } from './progress.ts';
import type { RunDirectory } from './run-directory.ts';
import { lockRun, startEmbeddedSimulator } from '../processes/index.ts';
import { TensorBoardLog } from './tensorboard-log.ts';
import { Training, type TrainingInstance } from './training.ts';

export interface LockStepRunOptions {
  readonly selected: RobotAndTask;
  readonly run: RunDirectory;
  readonly resume: boolean;
  readonly stepsTotal: number;
  readonly ui: CommandUi;
  /** `best` evaluations at or above this mean are "solved"; null = no such line. */
  readonly solvedAtReturn: number | null;
  readonly stopWhenSolved: boolean;
}

export interface LockStepRunResult {
  readonly stepsDone: number;
  readonly solvedAtStep: number | null;
  readonly policyFile: string;
  readonly policySha256: string;
  readonly wallS: number;
  readonly interrupted: boolean;
}

const EVALUATION_MODES = ['best', 'sample', 'zero'] as const;

/** A learning run in lock-step from its beginning, or from its checkpoint, to its end. Everything it opens it closes. */
export async function lockStepRun(options: LockStepRunOptions): Promise<LockStepRunResult> {
  const closer = new CleanupStack();
  closer.defer(lockRun(options.run.path));
  try {
    return await learn(options, closer);
  } finally {
    await closer.close();
  }
}

async function learn(options: LockStepRunOptions, closer: CleanupStack): Promise<LockStepRunResult> {
  const { selected, run, ui } = options;
  const { file } = run;
  const { spec } = selected.task;
  const replayBytes = checkMemoryBudget(file.config.learner, {
    observationSize: spec.observationNames.length,
    actionSize: spec.actionSize,
  });
  ui.info(`replay memory: ${replayBytes} bytes for ${file.config.learner.replayCapacity} transitions`);
  const part = options.resume ? await restoreCheckpoint(options) : null;
  const random = new XoshiroRandom(file.seed);
  const telemetry = new MemoryTelemetry();
  const shared = { run, closer, logger: silentLogger, telemetry };
  const clock = new SimulatedClock();
  const instances = await openInstances(options, closer, random, clock);
  const log = await openLog({ ...shared, nextSequence: part?.nextSequence ?? 0 });
  const session = await LearningSession.start({
    ...shared,
    nextSequence: part?.nextSequence ?? 0,
    resume: part !== null,
    parentPolicy: null,
    ui,
  });
  ui.event({ event: 'started', run: run.path, learnerPid: session.supervisor.pid });
  const driver = new PolicySwitcher(
    instances.map(({ policy }) => policy),
    selected.identity,
    (error, version) => ui.info(`policy snapshot ${version} rejected, keeping the current policy: ${error.message}`),
  );
  session.link.snapshots$.subscribe((snapshot) => driver.receive(snapshot));
  if (part?.activePolicy) {
    const { version, sha256, base64 } = part.activePolicy;
    driver.receive({ version, sha256, bytes: Buffer.from(base64, 'base64') });
    driver.swap();
  }
  const tensorBoard = new TensorBoardLog({
    directory: run.tensorBoardDirectory,
    afterStep: part?.stepsDone ?? 0,
    onFailure: (reason) => ui.info(`no TensorBoard file: ${reason}`),
  });
  closer.defer(() => tensorBoard.close());
  session.link.metrics$.subscribe((metrics) => tensorBoard.addLearner(metrics));
  const progress = new Progress({ ui, session, stepsTotal: options.stepsTotal, firstStep: part?.stepsDone ?? 0 });
  const evaluator = new Evaluator(selected, closer, silentLogger);
  const training = new Training({
    instances,
    clock,
    log,
    session,
    driver,
    initialStateRng: random.fork('starts'),
    stepsTotal: options.stepsTotal,
    checkpointEverySteps: file.config.learner.checkpointEverySteps,
    evaluateEverySteps: file.config.evaluation.everySteps,
    metricsLog: new MetricsLog({
      log,
      robot: selected.robot,
      withJointStates: file.config.log.jointStates,
      lockStep: true,
      metricsSteps: part?.stepsDone ?? 0,
    }),
    signal: ui.signal,
    sessionUuid: file.sessionUuid,
    hooks: {
      onEpisodeEnd: (episode, episodeReturn, step) => {
        progress.episodeEnded(episode, episodeReturn);
        tensorBoard.add(step, { 'train/return': episodeReturn });
      },
      onStep: (step, reading) => progress.stepped(step, reading.positions, reading.velocities),
      evaluate: async (step) => {
        const { episodes, seed } = file.config.evaluation;
        const initialStates = sampleInitialStates(selected.task, episodes, seed);
        const snapshot = decodePolicy(driver.active!.bytes, { maxBytes: MAX_POLICY_BYTES });
        let best = NaN;
        for (const mode of EVALUATION_MODES) {
          const { returns } = await evaluator.play(snapshot, { mode, initialStates, seed, signal: ui.signal });
          if (returns.length < initialStates.length) return false;
          const row = { step, mode, mean: mean(returns), std: standardDeviation(returns) };
          if (mode === 'best') best = row.mean;
          run.appendCurve({
            ...row,
            episode: progress.lastEpisode,
            updates: session.updates,
            alpha: session.metric('alpha') ?? NaN,
            entropy: session.metric('entropy') ?? NaN,
            wallS: Math.round(progress.wallS() * 1000) / 1000,
          });
          tensorBoard.add(step, { [`eval/${mode}`]: row.mean });
          ui.event({ event: 'evaluation', ...row, episodes });
        }
        if (options.solvedAtReturn === null || !(best >= options.solvedAtReturn) || training.solvedAtStep !== null)
          return false;
        training.solvedAtStep = step;
        ui.event({ event: 'solved', step, wallS: progress.wallS() });
        return options.stopWhenSolved;
      },
    },
  });
  await training.begin(part);
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
  progress.tell(training.stepsDone);
  // Closing writes the last policy and ends the log: only then are both files what the result says.
  await closer.close();
  const bytes = await readFile(run.policyFile);
  return {
    stepsDone: training.stepsDone,
    solvedAtStep: training.solvedAtStep,
    policyFile: run.policyFile,
    policySha256: sha256Hex(bytes),
    wallS: progress.wallS(),
    interrupted: ui.signal.aborted,
  };
}

/** Truncates log and curve to the checkpoint and returns the daemon's part of it; null when the run has none. */
async function restoreCheckpoint({
  run,
  ui,
}: Pick<LockStepRunOptions, 'run' | 'ui'>): Promise<DaemonCheckpoint | null> {
  const bytes = await readDaemonCheckpoint(run.checkpointDirectory);
  const part = bytes === null ? null : decodeDaemonCheckpoint(bytes);
  const last = part === null ? -1 : part.nextSequence - 1;
  const damage = await truncateLogAfter(run.logDirectory, run.file.sessionUuid, last);
  if (isDamaged(damage)) ui.info(`the log of this run contains ${damageText(damage)}; they are skipped`);
  run.cutCurve(part?.stepsDone ?? 0);
  return part;
}

async function openInstances(
  { selected, run, ui }: LockStepRunOptions,
  closer: CleanupStack,
  random: XoshiroRandom,
  clock: SimulatedClock,
): Promise<TrainingInstance[]> {
  const { loaded, robot, robotDirectory } = selected;
  const instances: TrainingInstance[] = [];
  for (let i = 0; i < run.file.simulators; i++) {
    let url = loaded.config.simulator.url;
    if (url === null) {
      const port = i === 0 ? loaded.config.simulator.port : 0;
      const plan = simulatorLaunch(robot, robotDirectory, loaded, { mode: 'lock-step', port });
      const child = await startEmbeddedSimulator(plan, (taken) =>
        ui.info(`port ${taken} is in use; the embedded simulator uses another one`),
      );
      closer.defer(() => child.close());
      ui.event({
        event: 'listening',
        url: child.url,
        mode: 'lock-step',
        robot: robot.name,
        controlPeriodS: robot.controlPeriodS,
      });
      url = child.url;
    }
    const connection = await connectToSimulator(selected, {
      url,
      clock,
      logger: silentLogger,
      controlPeriodS: robot.controlPeriodS,
      signal: ui.signal,
    });
    closer.defer(() => connection.driver.close());
    if (connection.mode !== 'lock-step') {
      throw new SoftqdError(
        'E_PROTOCOL_MISMATCH',
        `the simulator at ${url} runs in real time; pretraining needs lock-step`,
        { hint: 'Start it with softqd simulate --lock-step.' },
      );
    }
    const policy = createPolicy(selected, random.fork(`policy-${i}`), true);
    const components = {
      driver: connection.driver,
      resetter: connection.resetter,
      task: selected.task,
      policy,
      mode: 'sample' as const,
      guard: createGuardForRobot(robot, { simulated: true }),
    };
    instances.push({ instance: new RobotInstance(components, i), connection, policy, episodeReturn: 0 });
  }
  return instances;
}

/** Copies the run's policy to where the user wants it, whole or not at all. */
export async function publishPolicy(from: string, to: string): Promise<void> {
  try {
    makeDirectory(dirname(to));
    await copyFile(from, `${to}.partial`);
    await rename(`${to}.partial`, to);
  } catch (cause) {
    throw new SoftqdError('E_DISK', `cannot write the policy to ${to}: ${(cause as Error).message}`, {
      cause,
      hint: `The policy is saved in ${from}.`,
    });
  }
}
