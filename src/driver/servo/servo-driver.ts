import type { Observable } from 'rxjs';
import { NS_PER_S } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { isStopConfirmed, stopReport, type StopPlan, type StopReport } from '../../robot/stop-plan.ts';
import { stopPlan } from '../../safety/index.ts';
import type { HeldJointState } from '../../servo/stop/index.ts';
import { busClosedError, type BusCounters, type ServoBusCounters, type ServoIdentity } from '../../servo/index.ts';
import { ArmingSequence } from '../arming.ts';
import { ReconnectingConnection } from '../connection/reconnecting-connection.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { verifyAndArm } from './arm-servos.ts';
import { ArmedState } from './armed-state.ts';
import type { VerifiedServos } from './connect-and-verify.ts';
import { FaultReporter } from './fault-reporter.ts';
import { FaultResponse } from './fault-response.ts';
import type { ServoOptions } from './options.ts';
import { OverloadRecovery } from './overload-recovery.ts';
import { ReadSchedule } from './read-schedule.ts';
import type { ServoHealth } from './reading-assembler.ts';
import { ServoSession } from './servo-session.ts';
import { ServoTiming } from './servo-timing.ts';
import { stopAndConfirm, stopSession, type StopSessionOptions } from './stop-session.ts';

/** What the driver needs besides its options. */
export interface ServoDriverOptions {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  /** Connects again at an address after a loss. */
  readonly connectAndVerify: (address: string) => Promise<VerifiedServos>;
}

/**
 * A robot whose joints are servos on one bus: one sync read and one sync write per tick. The robot is stopped, with a fault on readings$,
 * when a servo reports a fault, gives no valid value for 0.3 s beyond the age limit or has lost torque, and when no command arrives. A lost
 * bus is reconnected and then disarmed; after reconnectTimeoutMs the loss is permanent. A reading has the newest value of every servo and
 * the arrival time of the oldest; efforts are 0, because no register measures N m.
 */
export class ServoDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly timing = new ServoTiming();
  private readonly options: ServoDriverOptions;
  private readonly stream = new ReadingStream();
  private readonly schedule: ReadSchedule;
  private readonly connection: ReconnectingConnection<ServoSession>;
  private readonly arming: ArmingSequence;
  private readonly armed: ArmedState;
  private readonly faults: FaultResponse;
  private readonly recovery: OverloadRecovery;
  /** How the robot is stopped without a plan of the caller: on a fault, after a reconnect, on closing. */
  private plan: StopPlan;
  private address: string;
  private sequence = 0;
  private unlimited: readonly string[] = [];

  constructor(options: ServoDriverOptions, established: VerifiedServos) {
    const { robot, address, clock, commandTimeoutMs, controlPeriodS, logger } = options.options;
    this.options = options;
    this.spec = robot;
    this.readings$ = this.stream.readings$;
    this.address = address;
    this.plan = stopPlan(robot);
    this.arming = new ArmingSequence(robot.name);
    this.armed = new ArmedState({ clock, commandTimeoutMs, onTimeout: () => this.faults.commandTimeout() });
    this.faults = new FaultResponse({
      robot,
      armed: this.armed,
      reporter: new FaultReporter(logger, this.stream),
      recover: (index) => this.connection.current !== null && this.recovery.start(this.connection.current, index),
      silentServo: () => this.connection.current?.silentServo() ?? null,
      stop: () => this.stopOnFault(),
    });
    this.recovery = new OverloadRecovery({
      ...{ robot, clock, logger, arming: this.arming, watchdogMs: commandTimeoutMs },
      isArmed: () => this.armed.isArmed,
      onRecovered: (index, goal) => this.armed.setGoal(index, goal),
      onFailed: (error) => this.faults.stopAndReport(error),
    });
    this.schedule = new ReadSchedule(controlPeriodS * NS_PER_S);
    this.connection = this.newConnection();
    this.connection.start(this.newSession(established));
  }

  get counters(): ServoBusCounters {
    return this.options.counters;
  }

  /** The servos in joint order; empty while disconnected. */
  get servos(): readonly ServoIdentity[] {
    return this.connection.current?.servos.identities ?? [];
  }

  /** Supply, temperature and load of each servo, as received last. */
  get health(): readonly ServoHealth[] {
    return this.connection.current?.health() ?? [];
  }

  /** How often servos gave no value for longer than the age limit, since the bus was opened. */
  get readingPauses(): number {
    return this.connection.current?.readingLosses ?? 0;
  }

  get effortNotLimited(): readonly string[] {
    return this.unlimited;
  }

  get isArmed(): boolean {
    return this.armed.isArmed;
  }

  /** Why arming would be rejected (E_CALIBRATION), or null. */
  get uncalibrated(): SoftqdError | null {
    return this.connection.current?.servos.uncalibrated ?? null;
  }

  /** PID of the watchdog process; undefined where there is none. */
  get watchdogPid(): number | undefined {
    return this.connection.current?.watchdog?.pid;
  }

  /** Armed, and commands are sent in time. */
  get isDriving(): boolean {
    return this.armed.isArmed && !this.armed.commandTimeout.hasExpired(this.options.options.clock.nowNs());
  }

  /** The joints that hold after a stop, and for how long; empty when none does. */
  get held(): readonly HeldJointState[] {
    return this.connection.current?.stopper.held ?? [];
  }

  scheduleReading(tickNs: number): number | null {
    return this.connection.current?.onTick(tickNs) ?? null;
  }

  /**
   * Sends the goals at once, in whole steps within the servos' own limits, and returns the goals that the servos received last. While
   * disarmed nothing is sent; what the serial port does not accept is not repeated. Throws the error of the connection.
   */
  apply(command: SafeCommand): Applied {
    const session = this.connection.require();
    const nowNs = this.options.options.clock.nowNs();
    const goals = session.goals(command.targets);
    if (this.armed.isArmed && this.armed.commandTimeout.hasExpired(nowNs)) this.faults.commandTimeout();
    if (this.armed.isArmed && session.sendGoals(goals)) {
      this.armed.goalsSent(goals, nowNs);
      session.stopper.heartbeat(goals);
    }
    this.timing.recordCommand(nowNs);
    session.onCommandSent();
    return { sequence: command.sequence, targets: session.positions(this.armed.goals ?? goals) };
  }

  /** Throws E_CALIBRATION, E_SERVO_*, E_SAFETY_STATE. The first command must follow within one second. */
  async arm(): Promise<void> {
    const session = this.connection.require();
    await this.arming.run((throwIfCanceled) => this.armSession(session, throwIfCanceled));
  }

  async disarm(plan: StopPlan, reason: string): Promise<StopReport> {
    const session = this.connection.current;
    this.armed.clear();
    this.plan = plan;
    if (session === null) {
      void this.arming.cancel();
      return stopReport(plan, 'the bus is disconnected');
    }
    return this.stopAndConfirm(session, reason);
  }

  /** Stops what is armed by the last plan, or the plan of the robot file. Joints that hold are left to the watchdog process. */
  async close(): Promise<void> {
    if (this.connection.isEnded) return;
    const session = this.connection.end();
    session?.stopReading();
    this.armed.clear();
    if (session !== null) {
      await session.stopper.settled();
      const confirmed = session.stopper.isConfirmed || isStopConfirmed(await this.stopAndConfirm(session, 'closed'));
      await session.close({ keep: !confirmed || session.stopper.held.length > 0 });
    }
    this.stream.complete();
  }

  /** Call when the watchdog process has stopped the servos. */
  onWatchdogStopped(): void {
    if (!this.connection.isEnded && this.armed.isArmed) this.faults.commandTimeout();
  }

  /** Call when the watchdog process has exited or hangs: an armed robot is stopped, because nothing would stop it later. */
  onWatchdogLost(detail: string): void {
    if (this.connection.isEnded) return;
    if (this.armed.isArmed) this.faults.watchdogLost(detail);
    // Arming reports why no other one starts.
    void this.connection.current?.requireWatchdog().catch(() => undefined);
  }

  private newConnection(): ReconnectingConnection<ServoSession> {
    const { clock, logger, reconnectTimeoutMs } = this.options.options;
    return new ReconnectingConnection<ServoSession>({
      stream: this.stream,
      clock,
      logger,
      reconnectTimeoutMs,
      // A reading that is too old is a fault of its servo; the bus is lost only with its port.
      receiveTimeout: null,
      connect: async () => this.newSession(await this.options.connectAndVerify(this.address)),
      closeSession: (session) => session.close({ keep: false }),
      attach: (session) => {
        this.address = session.servos.bus.transport.stableAddress;
        this.faults.clear();
        session.start();
      },
      onDisconnect: (session) => {
        this.armed.clear();
        session.stopReading();
      },
      // The servos may have kept their power, and with it the goals of before.
      onReconnect: (session) => {
        logger.info(`${this.spec.name}: reconnected to the servos (disarmed)`, { path: session.servos.bus.path });
        void stopSession(session, this.stopping('reconnected'));
      },
      closedError: () => busClosedError(this.spec),
    });
  }

  private newSession(servos: VerifiedServos): ServoSession {
    const { options, counters } = this.options;
    return new ServoSession(servos, {
      options,
      counters,
      schedule: this.schedule,
      timing: this.timing,
      events: {
        isArmed: () => this.armed.isArmed,
        goals: () => this.armed.goals,
        nextSequence: () => this.sequence,
        onReplies: (session, nowNs) => this.onReplies(session, nowNs),
        onReading: (reading, hasFault) => this.onReading(reading, hasFault),
        onServoFault: ({ servos }, fault) => this.faults.servoFault(servos, fault),
        onReadingLoss: (error) => this.faults.stopAndReport(error),
        onHealthCheck: ({ servos }, id, check, value) => this.faults.healthCheck(servos, { id, check, value }),
        onLost: (error) => this.connection.disconnect(error),
      },
    });
  }

  private async armSession(session: ServoSession, throwIfCanceled: () => void): Promise<void> {
    const { servos } = session;
    if (servos.uncalibrated !== null) throw servos.uncalibrated;
    const checkpoint = (): void => {
      if (this.connection.current !== session) throw this.connection.error ?? busClosedError(this.spec);
      throwIfCanceled();
    };
    await session.stopper.settled();
    await session.requireWatchdog();
    const watchdogMs = this.options.options.commandTimeoutMs;
    try {
      const armed = await verifyAndArm(servos, servos.maps, { watchdogMs, checkpoint });
      this.faults.onArmed();
      this.armed.set(armed.goals);
      this.unlimited = armed.effortNotLimited;
      session.stopper.onArmed(armed);
    } catch (error) {
      await stopSession(session, this.stopping('arming failed'));
      throw error;
    }
  }

  /** Until the first command the replies show the watchdog process that this process is running. */
  private onReplies({ stopper }: ServoSession, nowNs: number): void {
    if (this.armed.commandTimeout.heartbeat(nowNs)) stopper.heartbeat(null);
  }

  private onReading(reading: Reading, hasFault: boolean): void {
    this.sequence++;
    if (!hasFault) this.faults.clear();
    this.stream.push(reading);
  }

  private stopOnFault(): void {
    const session = this.connection.current;
    this.armed.clear();
    if (session !== null) void this.stopAndConfirm(session, 'stopped on fault');
  }

  private stopAndConfirm(session: ServoSession, reason: string): Promise<StopReport> {
    return stopAndConfirm(session, this.arming, this.stopping(reason));
  }

  private stopping(reason: string): StopSessionOptions {
    return { plan: this.plan, reason, logger: this.options.options.logger };
  }
}
