import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import { setPreciseTimer, type HealthCheck, type SerialServoBus, type ServoFamily } from '../../servo/index.ts';
import type { ServoReply } from '../../servo/port.ts';
import type { ReadSchedule } from './read-schedule.ts';
import type { ServoTiming } from './servo-timing.ts';

export interface ServoReaderOptions {
  readonly bus: SerialServoBus;
  readonly dialect: ServoFamily;
  readonly ids: readonly number[];
  readonly clock: Clock;
  readonly schedule: ReadSchedule;
  readonly timing: ServoTiming;
  /** Waited for a late answer at most. */
  readonly maxMarginNs: number;
  /** How late the clock's appointments may come. */
  readonly timerLatenessNs: number;
  /** What the tick's one sync read brought. */
  readonly onAnswers: (answers: readonly ServoReply[], kind: 'first' | 'again') => void;
  /** Ids that gave no value in the newest read. */
  readonly missing: () => readonly number[];
  /** A register of one servo, read in the time that a tick leaves over. */
  readonly onHealthCheck: (id: number, look: HealthCheck, value: number) => void;
  readonly onFailed: (error: SoftqdError) => void;
}

/** After a damaged fast read the servos are asked for a packet each, for so many reads: one damaged byte then costs one servo, not all. */
const PLAIN_READS_AFTER_FAILURE = 200;
const MAX_RETRIES_PER_TICK = 3;
const HEALTH_CHECK_PERIOD_NS = 50 * NS_PER_MS;
const REQUEST_BYTES = 40;
const REPLY_BYTES = 11;
/** Left free before the next read. */
const IDLE_MARGIN_NS = 0.5 * NS_PER_MS;

/**
 * Reads all servos once a tick, just in time. In what a tick leaves over, after its command: servos that were not heard are asked again,
 * and every 50 ms one servo whether it still has torque.
 */
export class ServoReader {
  private readonly options: ServoReaderOptions;
  private readonly canFast: boolean;
  private plainReads = 0;
  private reading = false;
  private busy = false;
  private stopped = false;
  private repeats = 0;
  private beganNs = -Infinity;
  private nextStartNs = Infinity;
  private commands = 0;
  private lastCheckNs = -Infinity;
  private checkIndex = 0;
  private cancel: Cancel = () => undefined;

  constructor(options: ServoReaderOptions) {
    this.options = options;
    this.canFast = options.bus.fastSyncRead;
  }

  start(): void {
    this.plan();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  /** The line's tick of this time begins. Returns when the read for it, under way or to come, usually ends; null after `stop`. */
  onTick(tickNs: number): number | null {
    const { schedule } = this.options;
    schedule.onTick(tickNs);
    if (this.stopped) return null;
    if (!this.reading) this.plan();
    return (this.reading ? this.beganNs : this.nextStartNs) + schedule.lead;
  }

  /** A command went out: what is left of this period is free. */
  onCommandSent(): void {
    this.commands++;
    void this.useIdleTime();
  }

  private plan(): void {
    if (this.stopped || this.reading) return;
    const { clock, schedule, timerLatenessNs } = this.options;
    this.cancel();
    this.nextStartNs = schedule.nextNs(clock.nowNs());
    this.cancel = setPreciseTimer(
      { clock, deadlineNs: this.nextStartNs, spinNs: timerLatenessNs },
      () => void this.readAll(),
    );
  }

  private async readAll(): Promise<void> {
    const { bus, clock, dialect, ids, maxMarginNs, schedule, timing, onAnswers, onFailed } = this.options;
    this.reading = true;
    this.repeats = 0;
    bus.fastSyncRead = this.canFast && this.plainReads === 0;
    const commandsBefore = this.commands;
    const beganNs = clock.nowNs();
    this.beganNs = beganNs;
    schedule.readStarted(beganNs);
    try {
      const answers = await bus.syncRead({ ...dialect.block, ids, maxMarginNs });
      if (this.stopped) return;
      const lastNs = Math.max(
        ...answers.map((answer) => (answer.kind === 'data' ? (answer.arrivalNs ?? 0) : Infinity)),
      );
      const isWhole = Number.isFinite(lastNs);
      schedule.readFinished(isWhole ? lastNs : clock.nowNs());
      if (isWhole) timing.readUs.add(lastNs - beganNs);
      else if (bus.fastSyncRead) this.plainReads = PLAIN_READS_AFTER_FAILURE;
      this.plainReads = Math.max(0, this.plainReads - 1);
      onAnswers(answers, 'first');
    } catch (error) {
      this.stop();
      onFailed(error as SoftqdError);
      return;
    } finally {
      this.reading = false;
    }
    this.plan();
    // Where the tick waited for this read its command has gone out already.
    if (this.commands > commandsBefore || !schedule.hasTicks(clock.nowNs())) void this.useIdleTime();
  }

  private async useIdleTime(): Promise<void> {
    if (this.busy || this.reading) return;
    this.busy = true;
    try {
      while (this.hasIdleTime() && (await this.retryMissing()));
      if (this.hasIdleTime()) await this.runHealthCheck();
    } catch {
      // A lost line is told by the read that follows.
    } finally {
      this.busy = false;
    }
  }

  private hasIdleTime(): boolean {
    const { bus, clock, dialect, ids } = this.options;
    if (this.stopped || this.reading) return false;
    const wireNs = bus.replyTimeout.transmissionNs(REQUEST_BYTES + ids.length * (dialect.block.length + REPLY_BYTES));
    return (
      clock.nowNs() + wireNs + Math.min(bus.replyTimeout.marginNs, this.options.maxMarginNs) + IDLE_MARGIN_NS <
      this.nextStartNs
    );
  }

  /** False when there is nobody to ask. */
  private async retryMissing(): Promise<boolean> {
    const { bus, dialect, missing, maxMarginNs, onAnswers } = this.options;
    const open = missing();
    if (open.length === 0 || this.repeats >= MAX_RETRIES_PER_TICK) return false;
    this.repeats++;
    bus.fastSyncRead = false;
    const answers = await bus.syncRead({ ...dialect.block, ids: open, maxMarginNs });
    if (!this.stopped) onAnswers(answers, 'again');
    return true;
  }

  private async runHealthCheck(): Promise<void> {
    const { bus, clock, ids, missing, onHealthCheck } = this.options;
    if (clock.nowNs() - this.lastCheckNs < HEALTH_CHECK_PERIOD_NS || missing().length > 0) return;
    this.lastCheckNs = clock.nowNs();
    const { healthChecks } = this.options.dialect;
    const turn = this.checkIndex++;
    const id = ids[turn % ids.length]!;
    const look = healthChecks[Math.floor(turn / ids.length) % healthChecks.length]!;
    const value = await bus.read(id, look.register, { ignoreFaults: true }).catch(() => null);
    if (value !== null && !this.stopped) onHealthCheck(id, look, value);
  }
}
