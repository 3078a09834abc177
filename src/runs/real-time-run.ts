import { firstValueFrom, Subscription } from 'rxjs';
import { NS_PER_S, type Clock } from '../base/clock.ts';
import { type SoftqdError, toSoftqdError } from '../base/errors.ts';
import { XoshiroRandom } from '../base/random.ts';
import { MemoryTelemetry } from '../base/telemetry.ts';
import {
  controlLoop,
  RobotInstance,
  LatenessHistogram,
  realTimeTicks,
  type TickStep,
  type LatenessSummary,
} from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { Reading } from '../robot/reading.ts';
import { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { DriverUrl } from './driver-url.ts';
import { connectDriver } from './connect-driver.ts';
import { throwOnFault } from '../driver/index.ts';
import { createGuardForRobot, createPolicy, type RobotAndTask } from './components.ts';
import { LearningSession, openLog } from './learning-session.ts';
import { openLoopClock, createLoopTicker } from './loop-clock.ts';
import { applyLoopScheduling, lockRun } from '../processes/index.ts';
import { jointNames } from './recording-header.ts';
import { MetricsLog } from './metrics-log.ts';
import { PolicySwitcher, verifiedSnapshot } from './policy-switcher.ts';
import { encodeDaemonCheckpoint } from './daemon-checkpoint.ts';
import type { RunDirectory } from './run-directory.ts';
import { TickLog } from './tick-log.ts';
import { uiLogger } from './ui-logger.ts';
import { waitForReconnect } from './wait-for-reconnect.ts';

export interface RealTimeRunOptions {
  readonly selected: RobotAndTask;
  readonly run: RunDirectory;
  /** A policy file's bytes, or null: uniformly random until the learner sends one. */
  readonly policy: Uint8Array | null;
  readonly learn: boolean;
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
  /** Ticks that no new reading had come for: the line acted on the one before. */
  readonly ticksWithoutNewReading: number;
  readonly latenessUs: LatenessSummary;
  readonly clips: Readonly<Record<string, number>>;
  readonly transitions: number;
  readonly updates: number;
  readonly interrupted: boolean;
}

/** What hangs on the line while it runs. */
interface LoopResources {
  readonly instance: RobotInstance;
  readonly log: TransitionLog;
  readonly driver: PolicySwitcher;
  readonly session: LearningSession | null;
  readonly tickLog: TickLog;
}

const STATUS_PERIOD_NS = NS_PER_S;
const JOINTS_PERIOD_NS = NS_PER_S / 10;

/** The control line in real time, with log, guard and (optionally) a learner beside it, until the duration, Ctrl-C or a fault. */
export async function realTimeRun(options: RealTimeRunOptions): Promise<RealTimeRunResult> {
  const closer = new CleanupStack();
  closer.defer(lockRun(options.run.path));
  try {
    return await new RealTimeRun(options, closer).run();
  } finally {
    await closer.close();
  }
}

class RealTimeRun {
  private readonly options: RealTimeRunOptions;
  private readonly closer: CleanupStack;
  private readonly time = openLoopClock();
  private readonly clock: Clock = this.time.clock;
  private readonly lateness = new LatenessHistogram();
  private readonly random: XoshiroRandom;
  private readonly counter: { readonly sessionUuid: string; next: number };
  private transitions = 0;
  private dropped = 0;
  private episodeReturn = 0;
  private lastReturn: number | null = null;
  private nextEpisode = 0;
  private lastReading: Reading | null = null;
  private ticksWithoutNewReading = 0;
  private lastStatusNs = 0;
  private lastJointsNs = 0;

  constructor(options: RealTimeRunOptions, closer: CleanupStack) {
    this.options = options;
    this.closer = closer;
    this.random = new XoshiroRandom(options.run.file.seed);
    this.counter = { sessionUuid: options.run.file.sessionUuid, next: 0 };
  }

  async run(): Promise<RealTimeRunResult> {
    const { selected, run, ui, rateHz } = this.options;
    const shared = {
      run,
      closer: this.closer,
      logger: uiLogger(ui),
      telemetry: new MemoryTelemetry(),
      nextSequence: 0,
    };
    const { time, closer } = this;
    closer.defer(() => time.close());
    const connection = await connectDriver({ selected, url: this.options.driverUrl, rateHz, time, ui, closer });
    const policy = createPolicy(selected, this.random.fork('policy'), this.options.learn);
    if (this.options.policy !== null) policy.load(verifiedSnapshot(this.options.policy, selected.identity), 1);
    const log = await openLog(shared);
    const session = this.options.learn
      ? await LearningSession.start({ ...shared, resume: false, parentPolicy: this.options.policy, ui })
      : null;
    ui.event({ event: 'started', run: run.path, learnerPid: session?.supervisor.pid ?? null });
    const driver = new PolicySwitcher([policy], selected.identity, (error, version) => {
      ui.info(`policy snapshot ${version} rejected, keeping the current policy: ${error.message}`);
      log.event({
        monotonicTimeNs: this.clock.nowNs(),
        level: 'warning',
        code: error.code,
        message: error.message,
        values: { version },
      });
    });
    session?.link.snapshots$.subscribe((snapshot) => driver.receive(snapshot));

    const guard = createGuardForRobot(selected.robot, {
      simulated: connection.simulated,
      controlPeriodS: 1 / rateHz,
      clock: this.clock,
    });
    const instance = new RobotInstance({
      driver: connection.driver,
      resetter: connection.resetter,
      task: selected.task,
      policy,
      mode: this.options.mode,
      guard,
    });
    applyLoopScheduling(selected.loaded.config.control, (text) => ui.info(text));
    const tickLog = this.openTickLog(log, connection.simulated);
    const failure = await this.driveUntilDone({ instance, log, driver, session, tickLog });
    if (session !== null && this.counter.next > 0) {
      await log.flush();
      await session
        .checkpoint(this.counter.next - 1, encodeDaemonCheckpoint(this.daemonState(driver)))
        .catch((error: unknown) => ui.info(`no checkpoint: ${String(error)}`));
    }
    if (failure !== null) throw failure;
    return this.result(instance, session);
  }

  private openTickLog(log: TransitionLog, simulated: boolean): TickLog {
    const { selected, run, mode, learn, rateHz } = this.options;
    const { config, seed, parentPolicySha256: policySha256 } = run.file;
    const { robot, taskFile } = selected;
    return new TickLog(
      config.log.ticks ? log : null,
      {
        robot: robot.name,
        joints: jointNames(robot),
        task: taskFile.name,
        controlPeriodS: 1 / rateHz,
        ...{ simulated, seed, mode, learn, policySha256 },
      },
      this.clock.nowNs(),
    );
  }

  /** Arms and drives, again after a loss where that is wanted. What ended it, or null for its time or Ctrl-C; disarmed in any case. */
  private async driveUntilDone(line: LoopResources): Promise<SoftqdError | null> {
    const { ui, durationS, run } = this.options;
    const { driver, guard } = line.instance.components;
    let untilNs: number | null = null;
    for (;;) {
      let failure: SoftqdError | null = null;
      try {
        await this.beginEpisode(line.instance, line.tickLog, true);
        // What the guard refuses it refuses before anything is powered.
        guard.disarm();
        guard.arm(line.instance.latestReading!);
        await driver.arm();
        // Arming took time: the line begins with where the robot is now.
        line.instance.pendingReading = await firstValueFrom(driver.readings$.pipe(throwOnFault()));
        // The duration counts from the first command: connecting and arming take what they take.
        untilNs ??= durationS === null ? Infinity : this.clock.nowNs() + durationS * NS_PER_S;
        await this.drive(line, untilNs);
      } catch (thrown) {
        failure = toSoftqdError(thrown);
      }
      await driver.disarm(failure?.message ?? 'run finished');
      if (failure === null) return null;
      if (run.file.config.control.rearm === 'manual' || !(await waitForReconnect(driver, failure, ui))) return failure;
    }
  }

  private async beginEpisode(instance: RobotInstance, tickLog: TickLog, arms: boolean): Promise<void> {
    const state = instance.components.task.sampleInitialState(this.random);
    const reading = await instance.components.resetter.reset(state, this.options.ui.signal);
    instance.begin(reading, state, this.nextEpisode++);
    tickLog.episodeStarted(reading, state, arms);
    this.episodeReturn = 0;
  }

  /** Runs the line until its end; a lost body or a fault of the learner rejects. */
  private async drive({ instance, log, driver, session, tickLog }: LoopResources, untilNs: number): Promise<void> {
    const { rateHz, ui } = this.options;
    const metricsLog = new MetricsLog({
      log,
      robot: instance.components.driver.spec,
      withJointStates: this.options.run.file.config.log.jointStates,
      lockStep: false,
      metricsSteps: 0,
    });
    const onStep = ([look]: readonly TickStep[]): boolean | Promise<boolean> => {
      this.recordTick(look!);
      tickLog.input(look!);
      driver.swap();
      if (look!.transition !== null) {
        log.append(look!.transition);
        session?.append(look!.transition);
        metricsLog.jointStates(look!.tick.startNs, look!.reading);
        if (session !== null) metricsLog.learnerMetrics(look!.tick.startNs, session.latestMetrics);
        this.transitions += 1;
        this.episodeReturn += look!.transition.reward;
      }
      this.tell(look!, session, metricsLog);
      const { guard } = instance.components;
      if (guard.state === 'faulted') throw guard.reason!;
      if (this.clock.nowNs() >= untilNs || ui.signal.aborted) return false;
      if (look!.end === null) return true;
      this.lastReturn = this.episodeReturn;
      return this.beginEpisode(instance, tickLog, false).then(() => true);
    };
    const { readingMaxAgeMs } = this.options.selected.loaded.config.control;
    const maxReadingAgeNs =
      readingMaxAgeMs === null ? this.options.selected.robot.readingMaxAgeS * NS_PER_S : readingMaxAgeMs * 1e6;
    await new Promise<void>((resolve, reject) => {
      const subscriptions = new Subscription();
      const end = (finish: () => void): void => {
        subscriptions.unsubscribe();
        tickLog.close();
        finish();
      };
      const fail = (thrown: unknown): void => {
        const error = toSoftqdError(thrown);
        // An error on the control line goes to safety first.
        instance.components.guard.fault(error);
        log.event({
          monotonicTimeNs: this.clock.nowNs(),
          level: 'error',
          code: error.code,
          message: error.message,
          values: {},
        });
        end(() => reject(error));
      };
      subscriptions.add(
        session?.failure$.subscribe({
          error: (error: SoftqdError) =>
            ui.info(`the learner stopped; continuing with the last policy: ${error.message}`),
        }),
      );
      subscriptions.add(
        controlLoop({
          ticks$: realTimeTicks({
            ticker: createLoopTicker(this.clock),
            clock: this.clock,
            periodNs: NS_PER_S / rateHz,
            instances: [instance],
          }),
          instances: [instance],
          clock: this.clock,
          maxReadingAgeNs,
          counter: this.counter,
          onStep,
          onDropped: () => {
            this.dropped += 1;
          },
        }).subscribe({ next: (sent) => tickLog.output(sent), error: fail, complete: () => end(resolve) }),
      );
    });
  }

  private recordTick({ tick, reading }: TickStep): void {
    if (reading === this.lastReading) this.ticksWithoutNewReading += 1;
    this.lastReading = reading;
    this.lateness.add(tick.wakeNs - tick.deadlineNs);
    this.lateness.skipped += tick.skipped;
  }

  private tell(look: TickStep, session: LearningSession | null, metricsLog: MetricsLog): void {
    const nowNs = look.tick.startNs;
    const { ui, rateHz } = this.options;
    if (nowNs - this.lastJointsNs >= JOINTS_PERIOD_NS) {
      this.lastJointsNs = nowNs;
      ui.event({ event: 'joints', positions: [...look.reading.positions], velocities: [...look.reading.velocities] });
    }
    if (nowNs - this.lastStatusNs < STATUS_PERIOD_NS) return;
    this.lastStatusNs = nowNs;
    metricsLog.lateness(nowNs, this.lateness.summary(), this.lateness.skipped);
    ui.event({
      event: 'status',
      state: look.instance.components.guard.state,
      ticks: this.lateness.count,
      skipped: this.lateness.skipped,
      rateHz,
      episode: look.instance.episode,
      return: this.lastReturn,
      policyVersion: look.instance.components.policy.version,
      latenessUs: this.lateness.summary(),
      updates: session?.updates ?? 0,
      transitions: this.transitions,
    });
  }

  private daemonState(driver: PolicySwitcher): Parameters<typeof encodeDaemonCheckpoint>[0] {
    const { active } = driver;
    return {
      format: 1,
      stepsDone: this.counter.next,
      nextSequence: this.counter.next,
      nextEpisode: this.nextEpisode,
      timeNs: 0,
      initialStateRng: this.random.save(),
      instances: null,
      activePolicy:
        active === null
          ? null
          : { version: active.version, sha256: active.sha256, base64: Buffer.from(active.bytes).toString('base64') },
      solvedAtStep: null,
    };
  }

  private result(instance: RobotInstance, session: LearningSession | null): RealTimeRunResult {
    return {
      ticks: this.lateness.count,
      skipped: this.lateness.skipped,
      ticksWithoutNewReading: this.ticksWithoutNewReading,
      latenessUs: this.lateness.summary(),
      clips: Object.fromEntries(instance.components.guard.clips),
      transitions: this.transitions,
      updates: session?.updates ?? 0,
      interrupted: this.options.ui.signal.aborted,
    };
  }
}
