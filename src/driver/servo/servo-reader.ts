import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import { setPreciseTimer, type HealthCheck, type SerialServoBus, type ServoReply } from '../../servo/index.ts';
import type { ReadSchedule } from './read-schedule.ts';
import type { ServoTiming } from './servo-timing.ts';

export interface ServoReaderOptions {
  readonly bus: SerialServoBus;
  /** The servos to read. */
  readonly ids: () => readonly number[];
  readonly clock: Clock;
  readonly schedule: ReadSchedule;
  readonly timing: ServoTiming;
  /** Longest wait for a late reply, beyond wire time. */
  readonly maxMarginNs: number;
  /** How late the clock's timers may be. */
  readonly timerLatenessNs: number;
  /** Replies to the sync read of a tick, or to its retry for missing servos. */
  readonly onReplies: (replies: readonly ServoReply[], kind: 'first' | 'retry') => void;
  /** IDs that gave no value in the newest read. */
  readonly missing: () => readonly number[];
  /** A register of one servo, read in the idle time of a tick. */
  readonly onHealthCheck: (id: number, check: HealthCheck, value: number) => void;
  /** The bus is lost; nothing is read any more. */
  readonly onFailed: (error: SoftqdError) => void;
}

/** After a corrupt fast read, this many reads request one packet per servo: a corrupt byte then costs one servo, not all. */
const PLAIN_READS_AFTER_FAILURE = 200;
const MAX_RETRIES_PER_TICK = 3;
const HEALTH_CHECK_PERIOD_NS = 50 * NS_PER_MS;
const REQUEST_BYTES = 40;
const REPLY_BYTES = 11;
/** Idle time to keep before the next read. */
const IDLE_MARGIN_NS = 0.5 * NS_PER_MS;

/**
 * Reads all servos once per tick, just in time. In the idle time after the command of a tick, servos without a reply are read again, and
 * every 50 ms one servo is checked for torque.
 */
export class ServoReader {
  private readonly options: ServoReaderOptions;
  private readonly canFast: boolean;
  private plainReads = 0;
  private reading = false;
  private usingIdleTime = false;
  private stopped = false;
  private retries = 0;
  private startedNs = -Infinity;
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
    this.scheduleNext();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  /** Call at the start of the tick of this time. Returns when its read, active or scheduled, usually ends; null after `stop`. */
  onTick(tickNs: number): number | null {
    const { schedule } = this.options;
    schedule.onTick(tickNs);
    if (this.stopped) return null;
    if (!this.reading) this.scheduleNext();
    return (this.reading ? this.startedNs : this.nextStartNs) + schedule.lead;
  }

  /** A command was sent: the rest of this period is idle. */
  onCommandSent(): void {
    this.commands++;
    void this.useIdleTime();
  }

  private scheduleNext(): void {
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
    const { bus, clock, maxMarginNs, schedule, timing, onReplies, onFailed } = this.options;
    const ids = this.options.ids();
    this.reading = true;
    this.retries = 0;
    bus.fastSyncRead = this.canFast && this.plainReads === 0;
    const commandsBefore = this.commands;
    const startedNs = clock.nowNs();
    this.startedNs = startedNs;
    schedule.readStarted(startedNs);
    try {
      const { address, length } = bus.protocol.stateBlock;
      const replies = await bus.syncRead({ address, length, ids, maxMarginNs });
      if (this.stopped) return;
      const lastNs = Math.max(...replies.map((reply) => (reply.kind === 'data' ? (reply.arrivalNs ?? 0) : Infinity)));
      const isComplete = Number.isFinite(lastNs);
      schedule.readFinished(isComplete ? lastNs : clock.nowNs());
      if (isComplete) timing.readUs.add(lastNs - startedNs);
      else if (bus.fastSyncRead) this.plainReads = PLAIN_READS_AFTER_FAILURE;
      this.plainReads = Math.max(0, this.plainReads - 1);
      onReplies(replies, 'first');
    } catch (error) {
      this.stop();
      onFailed(error as SoftqdError);
      return;
    } finally {
      this.reading = false;
    }
    this.scheduleNext();
    // Where the tick waited for this read, its command was sent already.
    if (this.commands > commandsBefore || !schedule.hasTicks(clock.nowNs())) void this.useIdleTime();
  }

  private async useIdleTime(): Promise<void> {
    if (this.usingIdleTime || this.reading) return;
    this.usingIdleTime = true;
    try {
      while (this.hasIdleTime() && (await this.retryMissing()));
      if (this.hasIdleTime()) await this.runHealthCheck();
    } catch {
      // The next read reports a lost bus.
    } finally {
      this.usingIdleTime = false;
    }
  }

  private hasIdleTime(): boolean {
    const { bus, clock } = this.options;
    if (this.stopped || this.reading) return false;
    const ids = this.options.ids();
    const wireNs = bus.replyTimeout.transmissionNs(
      REQUEST_BYTES + ids.length * (bus.protocol.stateBlock.length + REPLY_BYTES),
    );
    return (
      clock.nowNs() + wireNs + Math.min(bus.replyTimeout.marginNs, this.options.maxMarginNs) + IDLE_MARGIN_NS <
      this.nextStartNs
    );
  }

  /** False when no servo is missing, or the retries of this tick are used up. */
  private async retryMissing(): Promise<boolean> {
    const { bus, missing, maxMarginNs, onReplies } = this.options;
    const ids = missing();
    if (ids.length === 0 || this.retries >= MAX_RETRIES_PER_TICK) return false;
    this.retries++;
    bus.fastSyncRead = false;
    const { address, length } = bus.protocol.stateBlock;
    const replies = await bus.syncRead({ address, length, ids, maxMarginNs });
    if (!this.stopped) onReplies(replies, 'retry');
    return true;
  }

  private async runHealthCheck(): Promise<void> {
    const { bus, clock, missing, onHealthCheck } = this.options;
    const ids = this.options.ids();
    if (clock.nowNs() - this.lastCheckNs < HEALTH_CHECK_PERIOD_NS || missing().length > 0) return;
    this.lastCheckNs = clock.nowNs();
    const { healthChecks } = bus.protocol;
    const index = this.checkIndex++;
    const id = ids[index % ids.length]!;
    const check = healthChecks[Math.floor(index / ids.length) % healthChecks.length]!;
    const value = await bus.read(id, check.register, { ignoreFaults: true }).catch(() => null);
    if (value !== null && !this.stopped) onHealthCheck(id, check, value);
  }
}
