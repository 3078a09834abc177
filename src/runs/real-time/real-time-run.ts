import type { Clock } from '../../base/clock.ts';
import { type SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { XoshiroRandom } from '../../base/random.ts';
import { MemoryTelemetry } from '../../base/telemetry.ts';
import type { ControlLoop, LatenessSummary, RobotComponents } from '../../control/index.ts';
import type { TransitionLog } from '../../experience/index.ts';
import { checkParentPolicy } from '../../learner/index.ts';
import { stopPlan } from '../../safety/port.ts';
import { applyLoopScheduling, lockRun } from '../../processes/index.ts';
import { attach } from '../attach.ts';
import { CleanupStack } from '../cleanup-stack.ts';
import type { CommandUi } from '../command-ui.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from '../components.ts';
import { connectDriver, type ConnectedDriver } from '../connect-driver.ts';
import { encodeDaemonCheckpoint, saveActivePolicy } from '../daemon-checkpoint.ts';
import type { DaemonControl } from '../daemon/index.ts';
import { driverUrlText, type DriverUrl } from '../driver-url.ts';
import { LearningSession, openLog } from '../learning-session.ts';
import { openLoopClock, suspendedNs } from '../loop-clock.ts';
import { MetricsLog } from '../metrics-log.ts';
import { PolicySwitcher, verifiedSnapshot, type LoadablePolicy } from '../policy-switcher.ts';
import { maxReadingAgeNs } from '../reading-age.ts';
import { jointNames } from '../recording-header.ts';
import type { RunDirectory } from '../run-directory.ts';
import { logTransitions, sendToLearner } from '../transition-receivers.ts';
import { StickyFaults } from '../sticky-faults/index.ts';
import { stopError } from '../stopping/index.ts';
import { uiLogger } from '../ui-logger.ts';
import { withinTime } from '../within-time.ts';
import { isCanceled } from '../canceled.ts';
import { healthWarnings } from './health-warnings.ts';
import { LoopStatistics } from './loop-statistics.ts';
import { RealTimeDrive, type Stopped } from './real-time-drive.ts';
import { recordEffort } from './record-effort.ts';
import { recordStop } from './record-stop.ts';
import { RunMonitor } from './run-monitor.ts';
import { StatusReporter } from './status-reporter.ts';
import { SuspendDetector } from './suspend-detector.ts';
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
  /** Offers the control of this run to other processes until the returned function is called; null: it does not. */
  readonly serve: ((control: DaemonControl) => Promise<() => Promise<void>>) | null;
  /** Asks a person whether the stop that the board keeps may be cleared; null: there is no operator. */
  readonly confirmClear: ((refusal: SoftqdError) => Promise<boolean>) | null;
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

/** A learner that does not respond delays the end of the run by at most this time, ms; the motors are stopped before. */
const CHECKPOINT_TIMEOUT_MS = 20_000;

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
  private readonly faults: StickyFaults;
  private readonly monitor: RunMonitor;

  constructor(options: RealTimeRunOptions, closer: CleanupStack) {
    const { selected, run, robotId: id, rateHz, ui, driverUrl } = options;
    this.options = options;
    this.closer = closer;
    this.random = new XoshiroRandom(run.file.seed);
    const robot = selected.robot.name;
    this.faults = new StickyFaults(selected.loaded.config.data.directory, robot, id);
    const driver = driverUrl === null ? null : driverUrlText(driverUrl);
    this.monitor = new RunMonitor({
      ...{ robot, id, driver, rateHz, run, ui, statistics: this.statistics, faults: this.faults },
    });
  }

  async run(): Promise<RealTimeRunResult> {
    const { selected, ui, rateHz, serve } = this.options;
    const { time, closer, monitor } = this;
    closer.defer(() => time.close());
    if (serve !== null) closer.defer(await serve(monitor));
    closer.defer(() => monitor.finish());
    const policy = this.openPolicy();
    const branches = await this.openBranches(policy);
    const connection = await this.connect();
    const robot: RobotComponents = {
      driver: connection.driver,
      task: selected.task,
      policy,
      mode: this.options.mode,
      guard: createGuardForRobot(selected.robot, {
        simulated: connection.simulated,
        controlPeriodS: 1 / rateHz,
        clock: this.clock,
        onWarning: healthWarnings(selected.robot.name, { log: branches.log, ui, clock: this.clock }),
      }),
    };
    Object.assign(monitor, { guard: robot.guard, connection, switcher: branches.switcher, session: branches.session });
    const { control } = selected.loaded.config;
    applyLoopScheduling(control, { isHardware: !connection.simulated, info: (text) => ui.info(text) });
    const drive = this.openDrive(robot, connection, branches);
    const stopped = await drive.run();
    monitor.finish(); // The motors are stopped: what follows may take its time.
    await this.checkpoint(drive, branches);
    this.throwFailure(robot, stopped);
    return this.result(robot, branches);
  }

  private connect(): Promise<ConnectedDriver> {
    const { selected, ui, rateHz, driverUrl: url, robotId } = this.options;
    const { time, closer } = this;
    return connectDriver({ selected, robotId, url, rateHz, time, ui, closer }).catch((thrown: unknown) => {
      throw isCanceled(ui.signal, thrown) ? ui.signal.reason : thrown;
    });
  }

  /** A request to stop while connecting or arming is no failure. */
  private throwFailure({ driver }: RobotComponents, stopped: Stopped): void {
    const { signal } = this.options.ui;
    if (!stopped.wasArmed && stopped.failure !== null && isCanceled(signal, stopped.failure)) throw signal.reason;
    const error = stopError(stopPlan(driver.spec), stopped);
    if (error !== null) throw error;
  }

  private openPolicy(): ReturnType<typeof createPolicy> {
    const { selected, learn, policy: bytes, run } = this.options;
    const policy = createPolicy(selected, this.random.fork('policy'), learn);
    if (bytes === null) return policy;
    policy.load(verifiedSnapshot(bytes, selected.identity), 1);
    if (learn) checkParentPolicy(bytes, run.file.config.learner);
    return policy;
  }

  private async openBranches(policy: LoadablePolicy): Promise<Branches> {
    const { selected, run, ui, learn, policy: parentPolicy } = this.options;
    const logger = uiLogger(ui);
    const shared = { run, closer: this.closer, logger, telemetry: new MemoryTelemetry(), nextSequence: 0 };
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
    const metricsLog = this.openMetricsLog(robot, log);
    return new RealTimeDrive({
      ...{ robot, resetter: connection.resetter, clock: this.clock, rateHz, durationS, ui, switcher },
      maxReadingAgeNs: maxReadingAgeNs(selected),
      rearm: run.file.config.control.rearm,
      sessionUuid: run.file.sessionUuid,
      random: this.random,
      tickLog: this.openTickLog(log, connection.simulated),
      subscribe: (loop) => this.subscribe(loop, robot, branches, metricsLog),
      onEpisode: () => this.statistics.episodeStarted(),
      onArmed: () => recordEffort(robot.driver, log, this.clock),
      onFault: ({ code, message }) =>
        log.event({ monotonicTimeNs: this.clock.nowNs(), level: 'error', code, message, values: {} }),
      suspends: new SuspendDetector(suspendedNs),
      onPhase: (phase) => {
        this.monitor.phase = phase;
      },
      onStopTick: ({ tick, steps }) => metricsLog.jointStates(tick.startNs, steps[0]!.reading),
      onStopped: (stopped) => {
        const plan = stopPlan(robot.driver.spec);
        const { clock, faults, monitor } = this;
        recordStop({ plan, simulated: connection.simulated, run: run.path, clock, log, faults, monitor, ui }, stopped);
      },
      confirmClear: this.options.confirmClear,
    });
  }

  private openMetricsLog({ driver }: RobotComponents, log: TransitionLog): MetricsLog {
    const withJointStates = this.options.run.file.config.log.jointStates;
    return new MetricsLog({ log, robot: driver.spec, withJointStates, lockStep: false, metricsSteps: 0 });
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
      ...(taskFile.moduleSha256 === undefined ? {} : { taskModuleSha256: taskFile.moduleSha256 }),
    };
    return new TickLog(config.log.ticks ? log : null, header, this.clock.nowNs());
  }

  /** Log, learner link, statistics, metrics and user interface: none of them can stop the loop. */
  private subscribe(
    { closed$, applied$ }: ControlLoop,
    robot: RobotComponents,
    { log, session }: Branches,
    metricsLog: MetricsLog,
  ): void {
    const { ui, rateHz } = this.options;
    const { statistics } = this;
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
    await withinTime(session.checkpoint(nextSequence - 1, saved), CHECKPOINT_TIMEOUT_MS).catch((error: unknown) =>
      this.options.ui.info(`no checkpoint: ${toSoftqdError(error).message}`),
    );
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
