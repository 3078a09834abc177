import { NS_PER_MS, type Cancel, type Clock } from '../../base/clock.ts';
import type { SoftqdError } from '../../base/errors.ts';
import { atFinely } from '../../servo/bus/precise-timer.ts';
import type { ServoAnswer } from '../../servo/port.ts';
import type { ReadSchedule } from './read-schedule.ts';
import type { SerialServoBus } from '../../servo/bus/servo-bus.ts';
import type { Look, ServoDialect } from '../../servo/protocols/servo-family.ts';
import type { ServoTiming } from './servo-timing.ts';

export interface ServoReaderParts {
  readonly bus: SerialServoBus;
  readonly dialect: ServoDialect;
  readonly ids: readonly number[];
  readonly clock: Clock;
  readonly schedule: ReadSchedule;
  readonly timing: ServoTiming;
  /** Waited for a late answer at most. */
  readonly mostMarginNs: number;
  /** How late the clock's appointments may come. */
  readonly timersLateByNs: number;
  /** What the tick's one sync read brought. */
  readonly onAnswers: (answers: readonly ServoAnswer[], kind: 'first' | 'again') => void;
  /** Ids that gave no value in the newest read. */
  readonly missing: () => readonly number[];
  /** A register of one servo, read in the time that a tick leaves over. */
  readonly onLook: (id: number, look: Look, value: number) => void;
  readonly onFailed: (error: SoftqdError) => void;
}

/** After a damaged fast read the servos are asked for a packet each, for so many reads: one damaged byte then costs one servo, not all. */
const PLAIN_READS = 200;
const MOST_REPEATS = 3;
const LOOK_EVERY_NS = 50 * NS_PER_MS;
const REQUEST_BYTES = 40;
const REPLY_BYTES = 11;
/** Left free before the next read. */
const SPARE_NS = 0.5 * NS_PER_MS;

/**
 * Reads all servos once a tick, just in time. In what a tick leaves over, after its command: servos that were not heard are asked again,
 * and every 50 ms one servo whether it still has torque.
 */
export class ServoReader {
  private readonly parts: ServoReaderParts;
  private readonly canFast: boolean;
  private plainReads = 0;
  private reading = false;
  private busy = false;
  private stopped = false;
  private repeats = 0;
  private beganNs = -Infinity;
  private nextStartNs = Infinity;
  private commands = 0;
  private lookedNs = -Infinity;
  private lookAt = 0;
  private cancel: Cancel = () => undefined;

  constructor(parts: ServoReaderParts) {
    this.parts = parts;
    this.canFast = parts.bus.fastSyncRead;
  }

  start(): void {
    this.plan();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  /** The line's tick of this time begins. Returns when the read for it, under way or to come, usually ends; null after `stop`. */
  ticked(tickNs: number): number | null {
    const { schedule } = this.parts;
    schedule.ticked(tickNs);
    if (this.stopped) return null;
    if (!this.reading) this.plan();
    return (this.reading ? this.beganNs : this.nextStartNs) + schedule.lead;
  }

  /** A command went out: what is left of this period is free. */
  commanded(): void {
    this.commands++;
    void this.useSpareTime();
  }

  private plan(): void {
    if (this.stopped || this.reading) return;
    const { clock, schedule, timersLateByNs } = this.parts;
    this.cancel();
    this.nextStartNs = schedule.nextNs(clock.nowNs());
    this.cancel = atFinely({ clock, deadlineNs: this.nextStartNs, lateNs: timersLateByNs }, () => void this.readAll());
  }

  private async readAll(): Promise<void> {
    const { bus, clock, dialect, ids, mostMarginNs, schedule, timing, onAnswers, onFailed } = this.parts;
    this.reading = true;
    this.repeats = 0;
    bus.fastSyncRead = this.canFast && this.plainReads === 0;
    const commandsBefore = this.commands;
    const beganNs = clock.nowNs();
    this.beganNs = beganNs;
    schedule.began(beganNs);
    try {
      const answers = await bus.syncRead({ ...dialect.block, ids, mostMarginNs });
      if (this.stopped) return;
      const lastNs = Math.max(
        ...answers.map((answer) => (answer.kind === 'data' ? (answer.arrivalNs ?? 0) : Infinity)),
      );
      const isWhole = Number.isFinite(lastNs);
      schedule.ended(isWhole ? lastNs : clock.nowNs());
      if (isWhole) timing.readUs.add(lastNs - beganNs);
      else if (bus.fastSyncRead) this.plainReads = PLAIN_READS;
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
    if (this.commands > commandsBefore || !schedule.isDriven(clock.nowNs())) void this.useSpareTime();
  }

  private async useSpareTime(): Promise<void> {
    if (this.busy || this.reading) return;
    this.busy = true;
    try {
      while (this.hasSpareTime() && (await this.askAgain()));
      if (this.hasSpareTime()) await this.look();
    } catch {
      // A lost line is told by the read that follows.
    } finally {
      this.busy = false;
    }
  }

  private hasSpareTime(): boolean {
    const { bus, clock, dialect, ids } = this.parts;
    if (this.stopped || this.reading) return false;
    const wireNs = bus.patience.wireNs(REQUEST_BYTES + ids.length * (dialect.block.length + REPLY_BYTES));
    return (
      clock.nowNs() + wireNs + Math.min(bus.patience.marginNs, this.parts.mostMarginNs) + SPARE_NS < this.nextStartNs
    );
  }

  /** False when there is nobody to ask. */
  private async askAgain(): Promise<boolean> {
    const { bus, dialect, missing, mostMarginNs, onAnswers } = this.parts;
    const open = missing();
    if (open.length === 0 || this.repeats >= MOST_REPEATS) return false;
    this.repeats++;
    bus.fastSyncRead = false;
    const answers = await bus.syncRead({ ...dialect.block, ids: open, mostMarginNs });
    if (!this.stopped) onAnswers(answers, 'again');
    return true;
  }

  private async look(): Promise<void> {
    const { bus, clock, ids, missing, onLook } = this.parts;
    if (clock.nowNs() - this.lookedNs < LOOK_EVERY_NS || missing().length > 0) return;
    this.lookedNs = clock.nowNs();
    const { looks } = this.parts.dialect;
    const turn = this.lookAt++;
    const id = ids[turn % ids.length]!;
    const look = looks[Math.floor(turn / ids.length) % looks.length]!;
    const value = await bus.read(id, look.register, { acceptStatus: true }).catch(() => null);
    if (value !== null && !this.stopped) onLook(id, look, value);
  }
}
