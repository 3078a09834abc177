import { firstValueFrom, Subscription } from 'rxjs';
import { NS_PER_S, type Clock } from '../base/clock.ts';
import { type SoftqdError, toSoftqdError } from '../base/errors.ts';
import { XoshiroRandom } from '../base/random.ts';
import { MemoryTelemetry } from '../base/telemetry.ts';
import {
  controlLine,
  Lane,
  LatenessHistogram,
  realTimeTicks,
  type ClosedLook,
  type LatenessSummary,
} from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { Reading } from '../robot/reading.ts';
import { Closer } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { BodyUrl } from './driver-url.ts';
import { connectBody } from './connect-driver.ts';
import { createGuardFor, createPolicy, type Selected } from './components.ts';
import { LearningSession, openLog } from './learning-session.ts';
import { applyLineScheduling, lineClock, lineTicker } from './loop-clock.ts';
import { jointNames } from './recording-header.ts';
import { LineLog } from './metrics-log.ts';
import { PolicyDriver, verifiedSnapshot } from './policy-switcher.ts';
import { encodeDaemonPart } from './daemon-checkpoint.ts';
import type { RunDirectory } from './run-directory.ts';
import { lockRun } from '../processes/run-lock.ts';
import { TickLog } from './tick-log.ts';
import { uiLogger } from './ui-logger.ts';
import { waitForReturn } from './wait-for-reconnect.ts';

export interface RealTimeRunOptions {
  readonly selected: Selected;
  readonly run: RunDirectory;
  /** A policy file's bytes, or null: uniformly random until the learner sends one. */
  readonly policy: Uint8Array | null;
  readonly learn: boolean;
  /** null: the embedded simulator. */
  readonly bodyUrl: BodyUrl | null;
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
  readonly withoutReading: number;
  readonly latenessUs: LatenessSummary;
  readonly clips: Readonly<Record<string, number>>;
  readonly transitions: number;
  readonly updates: number;
  readonly interrupted: boolean;
}

/** What hangs on the line while it runs. */
interface Line {
  readonly lane: Lane;
  readonly log: TransitionLog;
  readonly driver: PolicyDriver;
  readonly session: LearningSession | null;
  readonly tickLog: TickLog;
}

const STATUS_EVERY_NS = NS_PER_S;
const JOINTS_EVERY_NS = NS_PER_S / 10;

/** The control line in real time, with log, guard and (optionally) a learner beside it, until the duration, Ctrl-C or a fault. */
export async function realTimeRun(options: RealTimeRunOptions): Promise<RealTimeRunResult> {
  const closer = new Closer();
  closer.defer(lockRun(options.run.path));
  try {
    return await new RealTimeRun(options, closer).run();
  } finally {
    await closer.close();
  }
}

class RealTimeRun {
  private readonly options: RealTimeRunOptions;
  private readonly closer: Closer;
  private readonly time = lineClock();
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
  private withoutReading = 0;
  private toldNs = 0;
  private drawnNs = 0;

  constructor(options: RealTimeRunOptions, closer: Closer) {
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
    const connection = await connectBody({ selected, url: this.options.bodyUrl, rateHz, time, ui, closer });
    const policy = createPolicy(selected, this.random.fork('policy'), this.options.learn);
    if (this.options.policy !== null) policy.load(verifiedSnapshot(this.options.policy, selected.identity), 1);
    const log = await openLog(shared);
    const session = this.options.learn
      ? await LearningSession.start({ ...shared, resume: false, parentPolicy: this.options.policy, ui })
      : null;
    ui.event({ event: 'started', run: run.path, learnerPid: session?.supervisor.pid ?? null });
    const driver = new PolicyDriver([policy], selected.identity, (error, version) => {
      ui.note(`policy snapshot ${version} refused, the one before stays: ${error.message}`);
      log.event({
        monotonicTimeNs: this.clock.nowNs(),
        level: 'warning',
        code: error.code,
        message: error.message,
        values: { version },
      });
    });
    session?.link.snapshots$.subscribe((snapshot) => driver.offer(snapshot));

    const guard = createGuardFor(selected.robot, {
      simulated: connection.simulated,
      controlPeriodS: 1 / rateHz,
      clock: this.clock,
    });
    const lane = new Lane({
      body: connection.body,
      resetter: connection.resetter,
      task: selected.task,
      policy,
      mode: this.options.mode,
      guard,
    });
    applyLineScheduling(selected.loaded.config.control, (text) => ui.note(text));
    const tickLog = this.openTickLog(log, connection.simulated);
    const failure = await this.driveUntilDone({ lane, log, driver, session, tickLog });
    if (session !== null && this.counter.next > 0) {
      await log.flush();
      await session
        .checkpoint(this.counter.next - 1, encodeDaemonPart(this.daemonPart(driver)))
        .catch((error: unknown) => ui.note(`no checkpoint: ${String(error)}`));
    }
    if (failure !== null) throw failure;
    return this.result(lane, session);
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
  private async driveUntilDone(line: Line): Promise<SoftqdError | null> {
    const { ui, durationS, run } = this.options;
    const { body, guard } = line.lane.rooms;
    let untilNs: number | null = null;
    for (;;) {
      let failure: SoftqdError | null = null;
      try {
        await this.beginEpisode(line.lane, line.tickLog, true);
        // What the guard refuses it refuses before anything is powered.
        guard.disarm();
        guard.arm(line.lane.newest!);
        await body.arm();
        // Arming took time: the line begins with where the robot is now.
        line.lane.pending = await firstValueFrom(body.readings$);
        // The duration counts from the first command: connecting and arming take what they take.
        untilNs ??= durationS === null ? Infinity : this.clock.nowNs() + durationS * NS_PER_S;
        await this.drive(line, untilNs);
      } catch (thrown) {
        failure = toSoftqdError(thrown);
      }
      await body.disarm(failure?.message ?? 'end of the run');
      if (failure === null) return null;
      if (run.file.config.control.rearm === 'by-hand' || !(await waitForReturn(body, failure, ui))) return failure;
    }
  }

  private async beginEpisode(lane: Lane, tickLog: TickLog, arms: boolean): Promise<void> {
    const state = lane.rooms.task.initial(this.random);
    const reading = await lane.rooms.resetter.reset(state, this.options.ui.signal);
    lane.begin(reading, state, this.nextEpisode++);
    tickLog.begin(reading, state, arms);
    this.episodeReturn = 0;
  }

  /** Runs the line until its end; a lost body or a fault of the learner rejects. */
  private async drive({ lane, log, driver, session, tickLog }: Line, untilNs: number): Promise<void> {
    const { rateHz, ui } = this.options;
    const lineLog = new LineLog({
      log,
      robot: lane.rooms.body.spec,
      withJointStates: this.options.run.file.config.log.jointStates,
      lockStep: false,
      metricsSteps: 0,
    });
    const settler = ([look]: readonly ClosedLook[]): boolean | Promise<boolean> => {
      this.measure(look!);
      tickLog.look(look!);
      driver.swap();
      if (look!.transition !== null) {
        log.append(look!.transition);
        session?.append(look!.transition);
        lineLog.reading(look!.tick.startNs, look!.reading);
        if (session !== null) lineLog.metrics(look!.tick.startNs, session.report);
        this.transitions += 1;
        this.episodeReturn += look!.transition.reward;
      }
      this.tell(look!, session, lineLog);
      const { guard } = lane.rooms;
      if (guard.state === 'faulted') throw guard.reason!;
      if (this.clock.nowNs() >= untilNs || ui.signal.aborted) return false;
      if (look!.end === null) return true;
      this.lastReturn = this.episodeReturn;
      return this.beginEpisode(lane, tickLog, false).then(() => true);
    };
    const { readingMaxAgeMs } = this.options.selected.loaded.config.control;
    const maxReadingAgeNs =
      readingMaxAgeMs === null ? this.options.selected.robot.readingMaxAgeS * NS_PER_S : readingMaxAgeMs * 1e6;
    await new Promise<void>((resolve, reject) => {
      const subscriptions = new Subscription();
      const end = (finish: () => void): void => {
        subscriptions.unsubscribe();
        tickLog.end();
        finish();
      };
      const fail = (thrown: unknown): void => {
        const error = toSoftqdError(thrown);
        // An error on the control line goes to safety first.
        lane.rooms.guard.fault(error);
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
            ui.note(`the learner stopped, the robot goes on with its last policy: ${error.message}`),
        }),
      );
      subscriptions.add(
        controlLine({
          ticks$: realTimeTicks({
            ticker: lineTicker(this.clock),
            clock: this.clock,
            periodNs: NS_PER_S / rateHz,
            lanes: [lane],
          }),
          lanes: [lane],
          clock: this.clock,
          maxReadingAgeNs,
          counter: this.counter,
          settler,
          onDropped: () => {
            this.dropped += 1;
          },
        }).subscribe({ next: (sent) => tickLog.sent(sent), error: fail, complete: () => end(resolve) }),
      );
    });
  }

  private measure({ tick, reading }: ClosedLook): void {
    if (reading === this.lastReading) this.withoutReading += 1;
    this.lastReading = reading;
    this.lateness.add(tick.wokeNs - tick.deadlineNs);
    this.lateness.skipped += tick.skipped;
  }

  private tell(look: ClosedLook, session: LearningSession | null, lineLog: LineLog): void {
    const nowNs = look.tick.startNs;
    const { ui, rateHz } = this.options;
    if (nowNs - this.drawnNs >= JOINTS_EVERY_NS) {
      this.drawnNs = nowNs;
      ui.event({ event: 'joints', positions: [...look.reading.positions], velocities: [...look.reading.velocities] });
    }
    if (nowNs - this.toldNs < STATUS_EVERY_NS) return;
    this.toldNs = nowNs;
    lineLog.lateness(nowNs, this.lateness.summary(), this.lateness.skipped);
    ui.event({
      event: 'status',
      state: look.lane.rooms.guard.state,
      ticks: this.lateness.count,
      skipped: this.lateness.skipped,
      rateHz,
      episode: look.lane.episode,
      return: this.lastReturn,
      policyVersion: look.lane.rooms.policy.version,
      latenessUs: this.lateness.summary(),
      updates: session?.updates ?? 0,
      transitions: this.transitions,
    });
  }

  private daemonPart(driver: PolicyDriver): Parameters<typeof encodeDaemonPart>[0] {
    const { driving } = driver;
    return {
      format: 1,
      stepsDone: this.counter.next,
      nextSequence: this.counter.next,
      nextEpisode: this.nextEpisode,
      timeNs: 0,
      startRandom: this.random.save(),
      lanes: null,
      drivingPolicy:
        driving === null
          ? null
          : { version: driving.version, sha256: driving.sha256, base64: Buffer.from(driving.bytes).toString('base64') },
      solvedAtStep: null,
    };
  }

  private result(lane: Lane, session: LearningSession | null): RealTimeRunResult {
    return {
      ticks: this.lateness.count,
      skipped: this.lateness.skipped,
      withoutReading: this.withoutReading,
      latenessUs: this.lateness.summary(),
      clips: Object.fromEntries(lane.rooms.guard.clips),
      transitions: this.transitions,
      updates: session?.updates ?? 0,
      interrupted: this.options.ui.signal.aborted,
    };
  }
}
