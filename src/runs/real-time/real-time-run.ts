import type { Clock } from '../../base/clock.ts';
import { XoshiroRandom } from '../../base/random.ts';
import { MemoryTelemetry } from '../../base/telemetry.ts';
import type { ControlLoop, LatenessSummary, RobotComponents } from '../../control/index.ts';
import type { TransitionLog } from '../../experience/index.ts';
import { applyLoopScheduling, lockRun } from '../../processes/index.ts';
import { attach } from '../attach.ts';
import { CleanupStack } from '../cleanup-stack.ts';
import type { CommandUi } from '../command-ui.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from '../components.ts';
import { connectDriver, type ConnectedDriver } from '../connect-driver.ts';
import { encodeDaemonCheckpoint, saveActivePolicy } from '../daemon-checkpoint.ts';
import type { DriverUrl } from '../driver-url.ts';
import { LearningSession, openLog } from '../learning-session.ts';
import { openLoopClock } from '../loop-clock.ts';
import { MetricsLog } from '../metrics-log.ts';
import { PolicySwitcher, verifiedSnapshot, type LoadablePolicy } from '../policy-switcher.ts';
import { maxReadingAgeNs } from '../reading-age.ts';
import { jointNames } from '../recording-header.ts';
import type { RunDirectory } from '../run-directory.ts';
import { logTransitions, sendToLearner } from '../transition-receivers.ts';
import { uiLogger } from '../ui-logger.ts';
import { LoopStatistics } from './loop-statistics.ts';
import { RealTimeDrive } from './real-time-drive.ts';
import { StatusReporter } from './status-reporter.ts';
import { TickLog } from './tick-log.ts';

export interface RealTimeRunOptions {
  readonly selected: RobotAndTask;
  readonly run: RunDirectory;
  /** A policy file's bytes, or null: uniformly random until the learner sends one. */
  readonly policy: Uint8Array | null;
  readonly learn: boolean;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  /** null: the embedded simulator. */
  readonly driverUrl: DriverUrl | null;
  readonly durationS: number | null;
  readonly rateHz: number;
  readonly ui: CommandUi;
  /** How the policy acts: `sample` when learning, `best` when balancing. */
  readonly mode: 'sample' | 'zero' | 'best';
}

export interface RealTimeRunResult {
  readonly ticks: number;
  readonly skipped: number;
  /** Ticks for which no new reading had arrived: the loop acted on the one before. */
  readonly ticksWithoutNewReading: number;
  readonly latenessUs: LatenessSummary;
  readonly clips: Readonly<Record<string, number>>;
  readonly transitions: number;
  readonly updates: number;
  readonly interrupted: boolean;
}

/** The control loop in real time, with log, guard and (optionally) a learner in another process, until the duration, Ctrl-C or a fault. */
export async function realTimeRun(options: RealTimeRunOptions): Promise<RealTimeRunResult> {
  const closer = new CleanupStack();
  closer.defer(lockRun(options.run.path));
  try {
    return await new RealTimeRun(options, closer).run();
  } finally {
    await closer.close();
  }
}

/** What the loop of a run is connected to. */
interface Branches {
  readonly log: TransitionLog;
  readonly session: LearningSession | null;
  readonly switcher: PolicySwitcher;
}

class RealTimeRun {
  private readonly options: RealTimeRunOptions;
  private readonly closer: CleanupStack;
  private readonly time = openLoopClock();
  private readonly clock: Clock = this.time.clock;
  private readonly statistics = new LoopStatistics();
  private readonly random: XoshiroRandom;

  constructor(options: RealTimeRunOptions, closer: CleanupStack) {
    this.options = options;
    this.closer = closer;
    this.random = new XoshiroRandom(options.run.file.seed);
  }

  async run(): Promise<RealTimeRunResult> {
    const { selected, robotId, ui, rateHz, driverUrl: url } = this.options;
    const { time, closer } = this;
    closer.defer(() => time.close());
    const policy = this.openPolicy();
    const branches = await this.openBranches(policy);
    const connection = await connectDriver({ selected, robotId, url, rateHz, time, ui, closer });
    const robot: RobotComponents = {
      driver: connection.driver,
      task: selected.task,
      policy,
      mode: this.options.mode,
      guard: createGuardForRobot(selected.robot, {
        simulated: connection.simulated,
        controlPeriodS: 1 / rateHz,
        clock: this.clock,
        onWarning: ({ message }) => this.warn(branches.log, `${selected.robot.name}: ${message}`),
      }),
    };
    applyLoopScheduling(selected.loaded.config.control, (text) => ui.info(text));
    const drive = this.openDrive(robot, connection, branches);
    const failure = await drive.run();
    await this.checkpoint(drive, branches);
    if (failure !== null) throw failure;
    return this.result(robot, branches);
  }

  /** To the person and into the log. */
  private warn(log: TransitionLog, message: string): void {
    this.options.ui.info(`warning: ${message}`);
    log.event({ monotonicTimeNs: this.clock.nowNs(), level: 'warning', code: '', message, values: {} });
  }

  private openPolicy(): ReturnType<typeof createPolicy> {
    const { selected, learn, policy: bytes } = this.options;
    const policy = createPolicy(selected, this.random.fork('policy'), learn);
    if (bytes !== null) policy.load(verifiedSnapshot(bytes, selected.identity), 1);
    return policy;
  }

  private async openBranches(policy: LoadablePolicy): Promise<Branches> {
    const { selected, run, ui, learn, policy: parentPolicy } = this.options;
    const shared = {
      ...{ run, closer: this.closer, logger: uiLogger(ui), telemetry: new MemoryTelemetry() },
      nextSequence: 0,
    };
    const log = await openLog(shared);
    const session = learn ? await LearningSession.start({ ...shared, resume: false, parentPolicy, ui }) : null;
    ui.event({ event: 'started', run: run.path, learnerPid: session?.supervisor.pid ?? null });
    const switcher = new PolicySwitcher([policy], selected.identity, ({ code, message }, version) => {
      ui.info(`policy snapshot ${version} rejected, keeping the current policy: ${message}`);
      log.event({ monotonicTimeNs: this.clock.nowNs(), level: 'warning', code, message, values: { version } });
    });
    session?.link.snapshots$.subscribe((snapshot) => switcher.receive(snapshot));
    const failure = session?.failure$.subscribe({
      error: (error: Error) => ui.info(`the learner stopped; continuing with the last policy: ${error.message}`),
    });
    this.closer.defer(() => failure?.unsubscribe());
    return { log, session, switcher };
  }

  private openDrive(robot: RobotComponents, connection: ConnectedDriver, branches: Branches): RealTimeDrive {
    const { selected, run, rateHz, ui, durationS } = this.options;
    const { log, switcher } = branches;
    return new RealTimeDrive({
      ...{ robot, resetter: connection.resetter, clock: this.clock, rateHz, durationS, ui, switcher },
      maxReadingAgeNs: maxReadingAgeNs(selected),
      rearm: run.file.config.control.rearm,
      sessionUuid: run.file.sessionUuid,
      random: this.random,
      tickLog: this.openTickLog(log, connection.simulated),
      subscribe: (loop) => this.subscribe(loop, robot, branches),
      onEpisode: () => this.statistics.episodeStarted(),
      onFault: ({ code, message }) =>
        log.event({ monotonicTimeNs: this.clock.nowNs(), level: 'error', code, message, values: {} }),
    });
  }

  private openTickLog(log: TransitionLog, simulated: boolean): TickLog {
    const { selected, run, mode, learn, rateHz } = this.options;
    const { config, seed, parentPolicySha256: policySha256 } = run.file;
    const { robot, taskFile } = selected;
    const header = {
      robot: robot.name,
      joints: jointNames(robot),
      task: taskFile.name,
      controlPeriodS: 1 / rateHz,
      ...{ simulated, seed, mode, learn, policySha256 },
    };
    return new TickLog(config.log.ticks ? log : null, header, this.clock.nowNs());
  }

  /** Log, learner link, statistics, metrics and user interface: none of them can stop the loop. */
  private subscribe({ closed$, applied$ }: ControlLoop, robot: RobotComponents, { log, session }: Branches): void {
    const { ui, rateHz, run } = this.options;
    const { statistics } = this;
    const metricsLog = new MetricsLog({
      ...{ log, robot: robot.driver.spec, withJointStates: run.file.config.log.jointStates },
      ...{ lockStep: false, metricsSteps: 0 },
    });
    const logger = uiLogger(ui);
    const onError = (error: Error): void => logger.warning(error.message);
    attach(closed$, (tick) => statistics.received(tick), onError);
    attach(closed$, logTransitions(log, metricsLog), onError);
    if (session !== null) {
      attach(closed$, sendToLearner(session), onError);
      attach(closed$, ({ tick }) => metricsLog.learnerMetrics(tick.startNs, session.latestMetrics), onError);
    }
    const status = new StatusReporter({
      ...{ ui, rateHz, robot: robot.driver.spec, guard: robot.guard, statistics, metricsLog, session },
    });
    attach(applied$, (tick) => status.received(tick), onError);
  }

  /** The learner keeps what it has learned; a missing checkpoint is reported only. */
  private async checkpoint(drive: RealTimeDrive, { log, session, switcher }: Branches): Promise<void> {
    const { nextSequence, nextEpisode } = drive;
    if (session === null || nextSequence === 0) return;
    await log.flush();
    const saved = encodeDaemonCheckpoint({
      format: 1,
      stepsDone: nextSequence,
      ...{ nextSequence, nextEpisode, timeNs: 0 },
      initialStateRng: this.random.save(),
      instances: null,
      activePolicy: saveActivePolicy(switcher.active),
      solvedAtStep: null,
    });
    await session
      .checkpoint(nextSequence - 1, saved)
      .catch((error: unknown) => this.options.ui.info(`no checkpoint: ${String(error)}`));
  }

  private result({ guard }: RobotComponents, { session }: Branches): RealTimeRunResult {
    const { lateness, ticksWithoutNewReading, transitions } = this.statistics;
    return {
      ticks: lateness.count,
      skipped: lateness.skipped,
      ticksWithoutNewReading,
      latenessUs: lateness.summary(),
      clips: Object.fromEntries(guard.clips),
      transitions,
      updates: session?.updates ?? 0,
      interrupted: this.options.ui.signal.aborted,
    };
  }
}
