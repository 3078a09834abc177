import type { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { registerBytes } from '../../wire/registers.ts';
import { ArmingSequence } from '../arming.ts';
import { reconnectWithBackoff } from '../connection/reconnect.ts';
import type { Driver, DriverEvent, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { verifyAndArm, stopServos } from './arm-servos.ts';
import {
  busClosedError,
  commandTimeoutError,
  retry,
  servoFault,
  servoTimeoutError,
  torqueLostError,
  type BusCounters,
  type HealthCheck,
  type ServoBusCounters,
} from '../../servo/index.ts';
import { CommandTimeout } from './command-timeout.ts';
import type { VerifiedServos } from './connect-and-verify.ts';
import type { ServoOptions } from './options.ts';
import type { ServoReply, ServoIdentity } from '../../servo/port.ts';
import { ReadSchedule } from './read-schedule.ts';
import { ReadingAssembler, type ServoHealth } from './reading-assembler.ts';
import { ServoReader } from './servo-reader.ts';
import { ServoTiming } from './servo-timing.ts';

/** A read waits for a late answer at most so long, or for this part of the period: longer would cost the next tick its reading. */
const MIN_READ_TIMEOUT_MS = 3;
const MAX_READ_TIMEOUT_PERIODS = 0.6;
/** Looks in a row at a servo that has let go by itself: one may be a damaged byte. */
const FAILED_CHECKS_LIMIT = 2;
/** A value that was not heard again is used for so many control periods, or the reading's age limit if that is longer. */
const MAX_REUSE_PERIODS = 3;

/** What the body needs besides its options. */
export interface ServoDriverOptions {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  /** Connects again at an address after a loss. */
  readonly connectAndVerify: (address: string) => Promise<VerifiedServos>;
}

/** One open bus and what hangs on it. */
interface Session extends VerifiedServos {
  readonly reader: ServoReader;
  readonly assembler: ReadingAssembler;
}

/**
 * A robot whose joints are servos on one bus: one sync read and one sync write a tick. It stops by itself, with an error on readings$
 * that a new subscription survives, when a servo reports a fault, is not heard for longer than its age limit, or has let go, and when no
 * command comes. A bus that goes away is looked for and comes back disarmed; away for longer than reconnectTimeoutMs it is lost for good.
 *
 * A reading holds the newest believed value of every servo, at most 2 max(readingMaxAgeS, 3 control periods) old; `arrivalNs` is that of
 * the newest of them. Efforts are 0: no register of these servos counts N m.
 */
export class ServoDriver implements Driver {
  readonly spec: RobotSpec;
  readonly readings$: Observable<DriverEvent>;
  readonly timing = new ServoTiming();
  private readonly options: ServoDriverOptions;
  private readonly stream = new ReadingStream();
  private readonly schedule: ReadSchedule;
  private session: Session | null = null;
  /** Why there is no session now. */
  private away: SoftqdError | null = null;
  private address: string;
  private armed = false;
  private readonly arming: ArmingSequence;
  private closed = false;
  /** Whether the present trouble was told on readings$: once until a reading comes again. */
  private errorReported = false;
  /** What the servos were told last, in steps; null before. */
  private lastGoals: readonly number[] | null = null;
  private sequence = 0;
  private arrivalNs = -Infinity;
  private arrivalOfLastCommandNs = -Infinity;
  private readonly watch: CommandTimeout;
  private emitted = false;
  private readonly looks = new Map<string, number>();

  constructor(options: ServoDriverOptions, established: VerifiedServos) {
    this.options = options;
    this.spec = options.options.robot;
    this.readings$ = this.stream.readings$;
    this.arming = new ArmingSequence(this.spec.name);
    this.address = options.options.address;
    const { clock, commandTimeoutMs } = options.options;
    this.watch = new CommandTimeout({ clock, timeoutMs: commandTimeoutMs, onMissed: () => this.onCommandTimeout() });
    this.schedule = new ReadSchedule(options.options.controlPeriodS * NS_PER_S);
    this.attach(established);
  }

  get counters(): ServoBusCounters {
    return this.options.counters;
  }

  /** Who the servos are, in joint order; empty while the bus is away. */
  get servos(): readonly ServoIdentity[] {
    return this.session?.servos ?? [];
  }

  /** Supply, temperature and load of each servo as last heard. */
  get health(): readonly ServoHealth[] {
    return this.session?.assembler.health() ?? [];
  }

  get isArmed(): boolean {
    return this.armed;
  }

  /** Why arming would be refused (E_CALIBRATION), or null. */
  get uncalibrated(): SoftqdError | null {
    return this.session?.uncalibrated ?? null;
  }

  /** The process that stops the servos when this one dies; undefined where there is none. */
  get watchdogPid(): number | undefined {
    return this.session?.watchdog?.pid;
  }

  scheduleReading(tickNs: number): number | null {
    return this.session?.reader.onTick(tickNs) ?? null;
  }

  /**
   * Goals go out at once, in whole steps within the servos' own limits, and are returned so. While not armed nothing is sent, and what the
   * line does not take is not repeated: returned is what the servos were told last. Throws why the bus is away.
   */
  apply(command: SafeCommand): Applied {
    const session = this.requireSession();
    const { maps, reader, watchdog } = session;
    const nowNs = this.options.options.clock.nowNs();
    const goals = maps.map((map, i) => map.steps(command.targets[i] ?? NaN));
    if (this.armed && this.watch.hasExpired(nowNs)) this.onCommandTimeout();
    if (this.armed && this.sendGoals(session, goals)) {
      this.lastGoals = goals;
      this.watch.commandSent(nowNs);
      watchdog?.heartbeat();
    }
    this.recordTiming(nowNs);
    reader.onCommandSent();
    const errorReported = this.lastGoals ?? goals;
    return {
      sequence: command.sequence,
      targets: Float64Array.from(errorReported, (steps, i) => maps[i]!.position(steps)),
    };
  }

  /** Throws E_CALIBRATION, E_SERVO_*, E_SAFETY_STATE; the first command must come within a second. */
  async arm(): Promise<void> {
    const session = this.requireSession();
    await this.arming.run((requireWanted) => this.armSession(session, requireWanted));
  }

  async disarm(reason: string): Promise<void> {
    const { session } = this;
    this.clearArmedState();
    if (session === null) void this.arming.cancel();
    else await this.stopAndConfirm(session, reason);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { session } = this;
    this.clearArmedState();
    const stopped = session === null || (await this.stopAndConfirm(session, 'closed'));
    this.session = null;
    this.stream.complete();
    session?.reader.stop();
    await session?.watchdog?.shutDown({ stop: !stopped });
    await session?.site.bus.close();
  }

  /** What happened to the keeper. */
  onWatchdogEvent(event: 'stopped' | 'gone'): void {
    if (this.closed) return;
    if (event === 'gone') {
      this.options.options.logger.warning(
        `${this.spec.name}: watchdog process exited; the servos will not be stopped if this process dies`,
      );
    } else if (this.armed) this.onCommandTimeout();
  }

  private requireSession(): Session {
    if (this.session !== null && !this.closed) return this.session;
    throw this.stream.failure ?? this.away ?? busClosedError(this.spec);
  }

  private async armSession(session: Session, requireWanted: () => void): Promise<void> {
    const { site, maps, uncalibrated, watchdog } = session;
    if (uncalibrated !== null) throw uncalibrated;
    const checkpoint = (): void => {
      if (this.session !== session) throw this.away ?? busClosedError(this.spec);
      requireWanted();
    };
    this.lastGoals = await verifyAndArm(site, maps, { watchdogMs: this.options.options.commandTimeoutMs, checkpoint });
    this.looks.clear();
    this.errorReported = false;
    this.armed = true;
    this.watch.start();
    watchdog?.heartbeat();
  }

  private attach(established: VerifiedServos): void {
    const { site, maps, servos } = established;
    const { clock, robot, controlPeriodS } = this.options.options;
    const maxAgeNs = Math.max(robot.readingMaxAgeS, MAX_REUSE_PERIODS * controlPeriodS) * NS_PER_S;
    const assembler = new ReadingAssembler(
      { robot, dialect: site.dialect, maps, counters: this.options.counters, maxAgeNs },
      clock.nowNs(),
    );
    const reader = new ServoReader({
      bus: site.bus,
      dialect: site.dialect,
      ids: servos.map(({ id }) => id),
      clock,
      schedule: this.schedule,
      timing: this.timing,
      maxMarginNs: Math.max(MIN_READ_TIMEOUT_MS * NS_PER_MS, MAX_READ_TIMEOUT_PERIODS * controlPeriodS * NS_PER_S),
      timerLatenessNs: this.options.options.timerLatenessMs * NS_PER_MS,
      missing: () => assembler.missingIds,
      onAnswers: (answers, kind) => this.receive(answers, kind),
      onHealthCheck: (id, look, value) => this.onHealthCheck(id, look, value),
      onFailed: (error) => this.interrupt(error),
    });
    this.session = { ...established, assembler, reader };
    this.address = site.bus.transport.stableAddress;
    this.away = null;
    this.errorReported = false;
    site.bus.onLost = (error) => this.interrupt(error);
    reader.start();
  }

  private sendGoals({ site: { bus }, servos }: Session, goals: readonly number[]): boolean {
    const register = bus.registers.goalPosition!;
    const items = goals.map((goal, i) => ({ id: servos[i]!.id, data: registerBytes(register, goal) }));
    return bus.syncWrite({ address: register.address, length: register.size, items });
  }

  private recordTiming(nowNs: number): void {
    const slackNs = this.arrivalNs > this.arrivalOfLastCommandNs ? nowNs - this.arrivalNs : null;
    if (slackNs === null) this.timing.commandsOnRepeatedReading++;
    else this.timing.readToCommandUs.add(slackNs);
    this.timing.commands++;
    this.arrivalOfLastCommandNs = this.arrivalNs;
  }

  private receive(answers: readonly ServoReply[], kind: 'first' | 'again'): void {
    const { session } = this;
    if (session === null || this.closed) return;
    const { assembler, watchdog } = session;
    const nowNs = this.options.options.clock.nowNs();
    const any = assembler.accept(answers, nowNs, this.armed);
    if (kind === 'first') this.emitted = false;
    // Until the first command it is this loop that shows the keeper that the process lives.
    if (this.watch.heartbeat(nowNs)) watchdog?.heartbeat();
    const fault = assembler.faultedServo();
    if (fault !== null) this.reportFault(session, fault);
    const overdue = assembler.staleServo(nowNs);
    if (overdue !== null) {
      this.stopOnFault(servoTimeoutError(this.spec, overdue.index, overdue.miss));
      return;
    }
    if (!any || this.emitted) return;
    const reading = assembler.reading(this.sequence, nowNs);
    if (reading === null) return;
    this.sequence++;
    this.emitted = true;
    if (fault === null) this.errorReported = false;
    this.arrivalNs = reading.arrivalNs;
    this.stream.push(reading);
  }

  /** A servo's error byte; what a Dynamixel means by it stands in a register. */
  private reportFault(
    { site: { bus, dialect } }: Session,
    { index, statusBits }: { index: number; statusBits: number },
  ): void {
    if (this.errorReported) return;
    const id = this.servos[index]!.id;
    const names = bus.busProtocol.statusBitNames(statusBits);
    const wasArmed = this.armed;
    if (bus.protocol === 'feetech') {
      this.stopOnFault(servoFault(this.spec, index, names));
      return;
    }
    this.errorReported = true;
    if (wasArmed) this.stopWithoutError();
    void retry(() => bus.read(id, dialect.faultRegister, { ignoreFaults: true })).then(
      (bits) => this.reportError(servoFault(this.spec, index, dialect.faultNames(bits)), wasArmed),
      () => this.reportError(servoFault(this.spec, index, names), wasArmed),
    );
  }

  /** Whether a servo is still driven, as it is looked at now and then. */
  private onHealthCheck(id: number, look: HealthCheck, value: number): void {
    if (!this.armed) return;
    const key = `${id} ${look.register}`;
    const count = look.isHealthy(value) ? 0 : (this.looks.get(key) ?? 0) + 1;
    this.looks.set(key, count);
    if (count < FAILED_CHECKS_LIMIT) return;
    if (look.kind === 'watchdog') this.onCommandTimeout();
    else
      this.stopOnFault(
        torqueLostError(
          this.spec,
          this.servos.findIndex((servo) => servo.id === id),
        ),
      );
  }

  private onCommandTimeout(): void {
    this.stopOnFault(commandTimeoutError(this.spec, this.watch.limitMs));
  }

  /** Like a board that stops by itself: sticky until armed again, and told once. */
  private stopOnFault(error: SoftqdError): void {
    const wasArmed = this.armed;
    if (wasArmed) this.stopWithoutError();
    else if (this.errorReported) return;
    this.errorReported = true;
    this.reportError(error, wasArmed);
  }

  /** Not in the middle of whoever is calling: readings$ never speaks before apply has returned. */
  private reportError(error: SoftqdError, wasArmed: boolean): void {
    this.options.options.logger.warning(wasArmed ? `${error.message}; stopped` : error.message, { code: error.code });
    queueMicrotask(() => this.stream.emitFault(error));
  }

  private stopWithoutError(): void {
    const { session } = this;
    this.clearArmedState();
    if (session !== null) void this.stopSession(session, 'stopped on fault');
  }

  private clearArmedState(): void {
    this.armed = false;
    this.lastGoals = null;
    this.watch.stop();
  }

  /** At once, and again where it was being armed meanwhile. */
  private async stopAndConfirm(session: Session, reason: string): Promise<boolean> {
    const canceled = this.arming.cancel();
    const confirmed = await this.stopSession(session, reason);
    return (await canceled) ? this.stopSession(session, reason) : confirmed;
  }

  /** Never rejects. True when every servo has confirmed. */
  private async stopSession({ site, watchdog }: Session, reason: string): Promise<boolean> {
    const { logger } = this.options.options;
    const confirmed = await stopServos(site);
    if (this.armed) return confirmed;
    if (confirmed) {
      watchdog?.disarmed();
      logger.debug(`${this.spec.name}: disarmed`, { reason });
    } else logger.warning(`${this.spec.name}: not all servos confirmed the stop`, { reason });
    return confirmed;
  }

  private interrupt(error: SoftqdError): void {
    const { session } = this;
    if (session === null || this.closed) return;
    this.session = null;
    this.clearArmedState();
    this.away = error;
    session.reader.stop();
    this.options.options.logger.warning(error.message, { code: error.code });
    queueMicrotask(() => this.stream.emitFault(error));
    void session.watchdog?.shutDown({ stop: false });
    void session.site.bus.close().then(() => this.reconnect(error));
  }

  private async reconnect(why: SoftqdError): Promise<void> {
    const { clock, logger, reconnectTimeoutMs } = this.options.options;
    try {
      const found = await reconnectWithBackoff(why, {
        clock,
        timeoutMs: reconnectTimeoutMs,
        connect: () => this.options.connectAndVerify(this.address),
        isClosed: () => this.closed,
        discard: async ({ watchdog, site }) => {
          await watchdog?.shutDown({ stop: false });
          await site.bus.close();
        },
      });
      if (found === null) return;
      this.attach(found);
      logger.info(`${this.spec.name}: reconnected to the servos (disarmed)`, { path: found.site.bus.path });
    } catch (thrown) {
      this.away = toSoftqdError(thrown);
      this.stream.fail(this.away);
    }
  }
}
