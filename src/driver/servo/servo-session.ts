import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import type { Reading } from '../../robot/reading.ts';
import { DEFAULT_SAFETY } from '../../robot/safety-spec.ts';
import { stopPlan } from '../../safety/index.ts';
import type { WatchdogProcess } from '../watchdog/index.ts';
import { registerOf, type BusCounters, type HealthCheck, type ServoReply } from '../../servo/index.ts';
import { registerBytes, type Register } from '../../wire/registers.ts';
import type { VerifiedServos } from './connect-and-verify.ts';
import type { ServoOptions } from './options.ts';
import type { ReadSchedule } from './read-schedule.ts';
import { ReadingAssembler, type ServoFaultStatus, type ServoHealth } from './reading-assembler.ts';
import { ReadingLossMonitor } from './reading-loss.ts';
import { ServoReader } from './servo-reader.ts';
import { SessionStop } from './session-stop.ts';
import type { ServoTiming } from './servo-timing.ts';

/** A read waits for a late reply at most this long, or this fraction of the period: longer would cost the next tick its reading. */
const MIN_READ_TIMEOUT_MS = 3;
const MAX_READ_TIMEOUT_PERIODS = 0.6;

export interface SessionOptions {
  readonly options: ServoOptions;
  readonly counters: BusCounters;
  readonly schedule: ReadSchedule;
  readonly timing: ServoTiming;
  readonly events: SessionEvents;
}

/** What a session reports to its driver. */
interface SessionEvents {
  readonly isArmed: () => boolean;
  /** The goals in effect; null while disarmed. */
  readonly goals: () => readonly number[] | null;
  /** Sequence number of the next reading. */
  readonly nextSequence: () => number;
  /** Replies of the servos were processed at this time; a reading may follow. */
  readonly onReplies: (session: ServoSession, nowNs: number) => void;
  readonly onReading: (reading: Reading, hasFault: boolean) => void;
  /** A servo reports a fault. */
  readonly onServoFault: (session: ServoSession, fault: ServoFaultStatus) => void;
  /** Readings stayed away for too long. */
  readonly onReadingLoss: (error: SoftqdError) => void;
  readonly onHealthCheck: (session: ServoSession, id: number, check: HealthCheck, value: number) => void;
  /** The bus is lost. */
  readonly onLost: (error: SoftqdError) => void;
}

/** One open bus whose servos are verified: reads them once a tick and sends goals. Arming, stops and reconnects are the driver's. */
export class ServoSession {
  readonly servos: VerifiedServos;
  readonly stopper: SessionStop;
  private watchdogProcess: WatchdogProcess | null;
  private restarting: Promise<void> | null = null;
  private groupKillReported = false;
  private readonly options: SessionOptions;
  private readonly assembler: ReadingAssembler;
  private readonly losses: ReadingLossMonitor;
  private readonly reader: ServoReader;
  private readonly goalRegister: Register;
  /** Whether this tick's reading was emitted. */
  private emitted = false;
  /** The servo that may have no torque, or of whose present position no command knows, by index; null: none. */
  private withoutGoal: number | null = null;

  constructor(servos: VerifiedServos, options: SessionOptions) {
    this.servos = servos;
    this.options = options;
    const { bus, maps } = servos;
    const { robot, controlPeriodS, clock, logger, timerLatenessMs, commandTimeoutMs } = options.options;
    this.watchdogProcess = servos.watchdog;
    const { events, counters, schedule, timing } = options;
    this.goalRegister = registerOf(bus.protocol, 'goalPosition');
    this.assembler = new ReadingAssembler({ robot, protocol: bus.protocol, maps, counters }, clock.nowNs());
    const { readingLossFaultS } = robot.safety ?? DEFAULT_SAFETY;
    this.losses = new ReadingLossMonitor({
      ...{ robot, counters, logger },
      maxAgeNs: Math.max(robot.readingMaxAgeS, controlPeriodS) * NS_PER_S,
      // One period before the guard: this error names the cause.
      faultNs: Math.max(0, readingLossFaultS - controlPeriodS) * NS_PER_S,
    });
    this.reader = new ServoReader({
      bus,
      ids: () => this.assembler.readIds,
      clock,
      schedule,
      timing,
      maxMarginNs: Math.max(MIN_READ_TIMEOUT_MS * NS_PER_MS, MAX_READ_TIMEOUT_PERIODS * controlPeriodS * NS_PER_S),
      timerLatenessNs: timerLatenessMs * NS_PER_MS,
      missing: () => this.assembler.missingIds,
      onReplies: (replies, kind) => this.receive(replies, kind),
      onHealthCheck: (id, check, value) => events.onHealthCheck(this, id, check, value),
      onFailed: events.onLost,
    });
    this.stopper = new SessionStop({
      ...{ servos, clock, logger },
      plan: stopPlan(robot),
      samples: () => this.assembler.samples(),
      watchdog: () => this.watchdogProcess,
      timeoutS: commandTimeoutMs / 1000,
    });
    bus.onLost = events.onLost;
  }

  start(): void {
    this.reader.start();
  }

  /** No further reads; the bus stays open. */
  stopReading(): void {
    this.reader.stop();
  }

  /** The process that stops the servos when this one dies; null where there is none. */
  get watchdog(): WatchdogProcess | null {
    return this.watchdogProcess;
  }

  /** Starts another watchdog process if the first one is lost: without it the robot may not be armed. Throws E_CONNECT. */
  async requireWatchdog(): Promise<void> {
    this.reportGroupKill();
    if (this.watchdogProcess?.isLost !== true) return;
    this.restarting ??= this.restartWatchdog();
    await this.restarting.finally(() => (this.restarting = null));
  }

  /** Closes the bus. `keep`: the watchdog process stays for joints that hold, and writes the stop if it is still armed. */
  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    this.reader.stop();
    await this.watchdogProcess?.shutDown({ keep });
    await this.servos.bus.close();
  }

  /** The reading for the tick at `tickNs`: expected at this time, or null after the end. */
  onTick(tickNs: number): number | null {
    return this.reader.onTick(tickNs);
  }

  /** Positions to whole steps within the servos' limits. */
  goals(targets: Float64Array): readonly number[] {
    return this.servos.maps.map((map, i) => map.steps(targets[i] ?? NaN));
  }

  /** The servo with this index is cleared of an overload: it is not read until `endRecovery`, and gets goals after the first reading then. */
  beginRecovery(index: number): void {
    this.withoutGoal = index;
    this.assembler.beginRecovery(index);
    this.stopper.beginRecovery(index);
  }

  /** `goal`: it is armed at this one, in steps; null: it is not armed. */
  endRecovery(goal: number | null): void {
    this.assembler.endRecovery(this.options.options.clock.nowNs());
    if (goal !== null) this.stopper.endRecovery(goal);
  }

  positions(goals: readonly number[]): Float64Array {
    const { maps } = this.servos;
    return Float64Array.from(goals, (steps, i) => maps[i]!.position(steps));
  }

  /** One sync write, without a servo that may have no torque: a goal would turn it on. False when the serial port did not accept it. */
  sendGoals(goals: readonly number[]): boolean {
    const { bus, identities } = this.servos;
    const items = goals.flatMap((goal, i) =>
      i === this.withoutGoal ? [] : [{ id: identities[i]!.id, data: registerBytes(this.goalRegister, goal) }],
    );
    return bus.syncWrite({ address: this.goalRegister.address, length: this.goalRegister.size, items });
  }

  /** The rest of this period is idle: the reader may use it. */
  onCommandSent(): void {
    this.reader.onCommandSent();
  }

  /** Why a servo gives no value now: E_SERVO_NO_REPLY or another; null when all do. */
  silentServo(): SoftqdError | null {
    return this.losses.silence(this.assembler.readStates(), this.options.options.clock.nowNs());
  }

  /** Losses of readings that began. */
  get readingLosses(): number {
    return this.losses.losses;
  }

  health(): readonly ServoHealth[] {
    return this.assembler.health();
  }

  /** Once: what the stop after a death of this process depends on. */
  private reportGroupKill(): void {
    if (this.watchdogProcess?.survivesGroupKill !== false || this.groupKillReported) return;
    this.groupKillReported = true;
    const { logger, robot } = this.options.options;
    logger.warning(
      `${robot.name}: a kill of the whole control group would also kill the watchdog process, and nothing would stop the servos`,
    );
  }

  private async restartWatchdog(): Promise<void> {
    this.watchdogProcess = await this.servos.startWatchdog();
    await this.stopper.superviseAgain();
  }

  private receive(replies: readonly ServoReply[], kind: 'first' | 'retry'): void {
    const { events, options } = this.options;
    const nowNs = options.clock.nowNs();
    const anyAccepted = this.assembler.accept(replies, nowNs, events.isArmed());
    if (kind === 'first') this.emitted = false;
    this.stopper.onSamples(events.goals(), nowNs);
    events.onReplies(this, nowNs);
    const fault = this.assembler.faultedServo();
    if (fault !== null) events.onServoFault(this, fault);
    const loss = this.losses.check(this.assembler.readStates(), nowNs);
    if (loss !== null) {
      events.onReadingLoss(loss);
      return;
    }
    if (!anyAccepted || this.emitted) return;
    const reading = this.assembler.reading(events.nextSequence());
    if (reading === null) return;
    if (reading.recovering === undefined) this.withoutGoal = null;
    this.emitted = true;
    this.options.timing.recordReading(this.assembler.newestArrivalNs);
    events.onReading(reading, fault !== null);
  }
}
