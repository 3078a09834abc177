import type { Observable } from 'rxjs';
import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import { toSoftqdError, type SoftqdError } from '../../base/errors.ts';
import type { Applied } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { registerBytes } from '../../wire/registers.ts';
import { Arming } from '../arming.ts';
import { lookAgain } from '../connection/reconnect.ts';
import type { Body, SafeCommand } from '../port.ts';
import { ReadingStream } from '../reading-stream.ts';
import { identifyAndArm, stopServos } from './arm-servos.ts';
import type { BusCounters, ServoBusCounters } from '../../servo/bus/bus-counters.ts';
import { CommandWatch } from './command-timeout.ts';
import type { Established } from './connect-and-verify.ts';
import { insist } from '../../servo/bus/retry.ts';
import type { ServoOptions } from './options.ts';
import type { ServoAnswer, ServoIdentity } from '../../servo/port.ts';
import { ReadSchedule } from './read-schedule.ts';
import { ReadingAssembler, type ServoHealth } from './reading-assembler.ts';
import { closedBus, letGo, servoFault, silentLine, unheard } from '../../servo/servo-errors.ts';
import type { Look } from '../../servo/protocols/servo-family.ts';
import { ServoReader } from './servo-reader.ts';
import { ServoTiming } from './servo-timing.ts';

/** A read waits for a late answer at most so long, or for this part of the period: longer would cost the next tick its reading. */
const LEAST_PATIENCE_MS = 3;
const MOST_PATIENCE = 0.6;
/** Looks in a row at a servo that has let go by itself: one may be a damaged byte. */
const LOOKS = 2;
/** A value that was not heard again is used for so many control periods, or the reading's age limit if that is longer. */
const HELD_PERIODS = 3;

/** What the body needs besides its options. */
export interface ServoBodyParts {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  /** Connects again at an address after a loss. */
  readonly establish: (address: string) => Promise<Established>;
}

/** One open bus and what hangs on it. */
interface Session extends Established {
  readonly reader: ServoReader;
  readonly assembler: ReadingAssembler;
}

/**
 * A robot whose joints are servos on one bus: one sync read and one sync write a tick. It stops by itself, with an error on readings$
 * that a new subscription survives, when a servo reports a fault, is not heard for longer than its age limit, or has let go, and when no
 * command comes. A bus that goes away is looked for and comes back disarmed; away for longer than reconnectForMs it is lost for good.
 *
 * A reading holds the newest believed value of every servo, at most 2 max(readingMaxAgeS, 3 control periods) old; `arrivalNs` is that of
 * the newest of them. Efforts are 0: no register of these servos counts N m.
 */
export class ServoBody implements Body {
  readonly spec: RobotSpec;
  readonly readings$: Observable<Reading>;
  readonly timing = new ServoTiming();
  private readonly parts: ServoBodyParts;
  private readonly stream = new ReadingStream();
  private readonly schedule: ReadSchedule;
  private session: Session | null = null;
  /** Why there is no session now. */
  private away: SoftqdError | null = null;
  private address: string;
  private armed = false;
  private readonly arming: Arming;
  private closed = false;
  /** Whether the present trouble was told on readings$: once until a reading comes again. */
  private told = false;
  /** What the servos were told last, in steps; null before. */
  private goals: readonly number[] | null = null;
  private sequence = 0;
  private arrivalNs = -Infinity;
  private arrivalOfLastCommandNs = -Infinity;
  private readonly watch: CommandWatch;
  private emitted = false;
  private readonly looks = new Map<string, number>();

  constructor(parts: ServoBodyParts, established: Established) {
    this.parts = parts;
    this.spec = parts.options.robot;
    this.readings$ = this.stream.readings$;
    this.arming = new Arming(this.spec.name);
    this.address = parts.options.address;
    const { clock, commandTimeoutMs } = parts.options;
    this.watch = new CommandWatch({ clock, timeoutMs: commandTimeoutMs, onMissed: () => this.missedCommand() });
    this.schedule = new ReadSchedule(parts.options.controlPeriodS * NS_PER_S);
    this.attach(established);
  }

  get counters(): ServoBusCounters {
    return this.parts.counters;
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
  get keeperPid(): number | undefined {
    return this.session?.keeper?.pid;
  }

  expectReading(tickNs: number): number | null {
    return this.session?.reader.ticked(tickNs) ?? null;
  }

  /**
   * Goals go out at once, in whole steps within the servos' own limits, and are returned so. While not armed nothing is sent, and what the
   * line does not take is not repeated: returned is what the servos were told last. Throws why the bus is away.
   */
  apply(command: SafeCommand): Applied {
    const session = this.requireSession();
    const { maps, reader, keeper } = session;
    const nowNs = this.parts.options.clock.nowNs();
    const goals = maps.map((map, i) => map.steps(command.targets[i] ?? NaN));
    if (this.armed && this.watch.wasAway(nowNs)) this.missedCommand();
    if (this.armed && this.sendGoals(session, goals)) {
      this.goals = goals;
      this.watch.commanded(nowNs);
      keeper?.heartbeat();
    }
    this.keepTime(nowNs);
    reader.commanded();
    const told = this.goals ?? goals;
    return { sequence: command.sequence, targets: Float64Array.from(told, (steps, i) => maps[i]!.position(steps)) };
  }

  /** Throws E_CALIBRATION, E_SERVO_*, E_SAFETY_STATE; the first command must come within a second. */
  async arm(): Promise<void> {
    const session = this.requireSession();
    await this.arming.run((requireWanted) => this.armSession(session, requireWanted));
  }

  async disarm(reason: string): Promise<void> {
    const { session } = this;
    this.letGoOfLine();
    if (session === null) void this.arming.cancel();
    else await this.stopForGood(session, reason);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { session } = this;
    this.letGoOfLine();
    const stopped = session === null || (await this.stopForGood(session, 'closed'));
    this.session = null;
    this.stream.complete();
    session?.reader.stop();
    await session?.keeper?.release({ stop: !stopped });
    await session?.site.bus.close();
  }

  /** What happened to the keeper. */
  keeperSaid(event: 'stopped' | 'gone'): void {
    if (this.closed) return;
    if (event === 'gone') {
      this.parts.options.logger.warning(
        `${this.spec.name}: the keeper ended; nobody stops the servos if this process dies`,
      );
    } else if (this.armed) this.missedCommand();
  }

  private requireSession(): Session {
    if (this.session !== null && !this.closed) return this.session;
    throw this.stream.lost ?? this.away ?? closedBus(this.spec);
  }

  private async armSession(session: Session, requireWanted: () => void): Promise<void> {
    const { site, maps, uncalibrated, keeper } = session;
    if (uncalibrated !== null) throw uncalibrated;
    const checkpoint = (): void => {
      if (this.session !== session) throw this.away ?? closedBus(this.spec);
      requireWanted();
    };
    this.goals = await identifyAndArm(site, maps, { watchdogMs: this.parts.options.commandTimeoutMs, checkpoint });
    this.looks.clear();
    this.told = false;
    this.armed = true;
    this.watch.start();
    keeper?.heartbeat();
  }

  private attach(established: Established): void {
    const { site, maps, servos } = established;
    const { clock, robot, controlPeriodS } = this.parts.options;
    const maxAgeNs = Math.max(robot.readingMaxAgeS, HELD_PERIODS * controlPeriodS) * NS_PER_S;
    const assembler = new ReadingAssembler(
      { robot, dialect: site.dialect, maps, counters: this.parts.counters, maxAgeNs },
      clock.nowNs(),
    );
    const reader = new ServoReader({
      bus: site.bus,
      dialect: site.dialect,
      ids: servos.map(({ id }) => id),
      clock,
      schedule: this.schedule,
      timing: this.timing,
      mostMarginNs: Math.max(LEAST_PATIENCE_MS * NS_PER_MS, MOST_PATIENCE * controlPeriodS * NS_PER_S),
      timersLateByNs: this.parts.options.timersLateByMs * NS_PER_MS,
      missing: () => assembler.missing,
      onAnswers: (answers, kind) => this.receive(answers, kind),
      onLook: (id, look, value) => this.look(id, look, value),
      onFailed: (error) => this.interrupt(error),
    });
    this.session = { ...established, assembler, reader };
    this.address = site.bus.line.stableAddress;
    this.away = null;
    this.told = false;
    site.bus.onLost = (error) => this.interrupt(error);
    reader.start();
  }

  private sendGoals({ site: { bus }, servos }: Session, goals: readonly number[]): boolean {
    const register = bus.registers.goalPosition!;
    const items = goals.map((goal, i) => ({ id: servos[i]!.id, data: registerBytes(register, goal) }));
    return bus.syncWrite({ address: register.address, length: register.size, items });
  }

  private keepTime(nowNs: number): void {
    const slackNs = this.arrivalNs > this.arrivalOfLastCommandNs ? nowNs - this.arrivalNs : null;
    if (slackNs === null) this.timing.commandsWithoutReading++;
    else this.timing.readToCommandUs.add(slackNs);
    this.timing.commands++;
    this.arrivalOfLastCommandNs = this.arrivalNs;
  }

  private receive(answers: readonly ServoAnswer[], kind: 'first' | 'again'): void {
    const { session } = this;
    if (session === null || this.closed) return;
    const { assembler, keeper } = session;
    const nowNs = this.parts.options.clock.nowNs();
    const any = assembler.accept(answers, nowNs, this.armed);
    if (kind === 'first') this.emitted = false;
    // Until the first command it is this loop that shows the keeper that the process lives.
    if (this.watch.alive(nowNs)) keeper?.heartbeat();
    const fault = assembler.faulted();
    if (fault !== null) this.reportFault(session, fault);
    const overdue = assembler.overdue(nowNs);
    if (overdue !== null) {
      this.stopByItself(unheard(this.spec, overdue.index, overdue.miss));
      return;
    }
    if (!any || this.emitted) return;
    const reading = assembler.reading(this.sequence, nowNs);
    if (reading === null) return;
    this.sequence++;
    this.emitted = true;
    if (fault === null) this.told = false;
    this.arrivalNs = reading.arrivalNs;
    this.stream.push(reading);
  }

  /** A servo's error byte; what a Dynamixel means by it stands in a register. */
  private reportFault(
    { site: { bus, dialect } }: Session,
    { index, statusBits }: { index: number; statusBits: number },
  ): void {
    if (this.told) return;
    const id = this.servos[index]!.id;
    const names = bus.dialect.statusNames(statusBits);
    const wasArmed = this.armed;
    if (bus.protocol === 'feetech') {
      this.stopByItself(servoFault(this.spec, index, names));
      return;
    }
    this.told = true;
    if (wasArmed) this.stopQuietly();
    void insist(() => bus.read(id, dialect.faultRegister, { acceptStatus: true })).then(
      (bits) => this.tell(servoFault(this.spec, index, dialect.faultNames(bits)), wasArmed),
      () => this.tell(servoFault(this.spec, index, names), wasArmed),
    );
  }

  /** Whether a servo is still driven, as it is looked at now and then. */
  private look(id: number, look: Look, value: number): void {
    if (!this.armed) return;
    const key = `${id} ${look.register}`;
    const count = look.isWell(value) ? 0 : (this.looks.get(key) ?? 0) + 1;
    this.looks.set(key, count);
    if (count < LOOKS) return;
    if (look.kind === 'watchdog') this.missedCommand();
    else
      this.stopByItself(
        letGo(
          this.spec,
          this.servos.findIndex((servo) => servo.id === id),
        ),
      );
  }

  private missedCommand(): void {
    this.stopByItself(silentLine(this.spec, this.watch.limitMs));
  }

  /** Like a board that stops by itself: sticky until armed again, and told once. */
  private stopByItself(error: SoftqdError): void {
    const wasArmed = this.armed;
    if (wasArmed) this.stopQuietly();
    else if (this.told) return;
    this.told = true;
    this.tell(error, wasArmed);
  }

  /** Not in the middle of whoever is calling: readings$ never speaks before apply has returned. */
  private tell(error: SoftqdError, wasArmed: boolean): void {
    this.parts.options.logger.warning(wasArmed ? `${error.message}; stopped` : error.message, { code: error.code });
    queueMicrotask(() => this.stream.fault(error));
  }

  private stopQuietly(): void {
    const { session } = this;
    this.letGoOfLine();
    if (session !== null) void this.stopSession(session, 'stopped by itself');
  }

  private letGoOfLine(): void {
    this.armed = false;
    this.goals = null;
    this.watch.stop();
  }

  /** At once, and again where it was being armed meanwhile. */
  private async stopForGood(session: Session, reason: string): Promise<boolean> {
    const cancelled = this.arming.cancel();
    const confirmed = await this.stopSession(session, reason);
    return (await cancelled) ? this.stopSession(session, reason) : confirmed;
  }

  /** Never rejects. True when every servo has confirmed. */
  private async stopSession({ site, keeper }: Session, reason: string): Promise<boolean> {
    const { logger } = this.parts.options;
    const confirmed = await stopServos(site);
    if (this.armed) return confirmed;
    if (confirmed) {
      keeper?.disarmed();
      logger.debug(`${this.spec.name}: disarmed`, { reason });
    } else logger.warning(`${this.spec.name}: not every servo confirmed its stop`, { reason });
    return confirmed;
  }

  private interrupt(error: SoftqdError): void {
    const { session } = this;
    if (session === null || this.closed) return;
    this.session = null;
    this.letGoOfLine();
    this.away = error;
    session.reader.stop();
    this.parts.options.logger.warning(error.message, { code: error.code });
    queueMicrotask(() => this.stream.fault(error));
    void session.keeper?.release({ stop: false });
    void session.site.bus.close().then(() => this.reconnect(error));
  }

  private async reconnect(why: SoftqdError): Promise<void> {
    const { clock, logger, reconnectForMs } = this.parts.options;
    try {
      const found = await lookAgain(why, {
        clock,
        forMs: reconnectForMs,
        connect: () => this.parts.establish(this.address),
        isOver: () => this.closed,
        discard: async ({ keeper, site }) => {
          await keeper?.release({ stop: false });
          await site.bus.close();
        },
      });
      if (found === null) return;
      this.attach(found);
      logger.info(`${this.spec.name}: the servos are back, disarmed`, { path: found.site.bus.path });
    } catch (thrown) {
      this.away = toSoftqdError(thrown);
      this.stream.lose(this.away);
    }
  }
}
