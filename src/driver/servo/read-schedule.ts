import { NS_PER_MS } from '../../base/clock.ts';

const INITIAL_LEAD_NS = 3 * NS_PER_MS;
/** Part of the period by which a read may begin before its tick. */
const MAX_LEAD_FRACTION = 0.8;
/** How many ticks may wait for their reading: a lead that the slowest reads fit into would make every reading older for their sake. */
const LATE_FRACTION = 0.1;
/** What a late reading moves the lead by, less LATE_PART; those in time bring it back. Larger at first, by half after every 70 reads. */
const STEP_NS = 0.02 * NS_PER_MS;
const INITIAL_STEP_NS = 0.3 * NS_PER_MS;
const STEP_DECAY = 0.99;
/** Without ticks for so many periods the line is over, or pauses. */
const MAX_TICK_GAP_PERIODS = 3;

/**
 * When to read so that the reading comes just as the line's tick wants it. The lead is the quantile of the reads' durations that leaves
 * LATE_PART outside (Robbins and Monro 1951): for those the tick waits. Without ticks: once a period.
 */
export class ReadSchedule {
  private readonly periodNs: number;
  /** Of the newest tick. */
  private tickNs = -Infinity;
  private leadNs: number;
  private firstStepNs = INITIAL_STEP_NS;
  /** Begin of the newest read, and the tick that it is for. */
  private startedNs = -Infinity;
  private targetTickNs = -Infinity;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
    this.leadNs = Math.min(INITIAL_LEAD_NS, MAX_LEAD_FRACTION * periodNs);
  }

  /** How long before its tick a read begins. */
  get lead(): number {
    return this.leadNs;
  }

  /** The line's tick of this time begins. */
  onTick(deadlineNs: number): void {
    this.tickNs = deadlineNs;
  }

  readStarted(nowNs: number): void {
    this.startedNs = nowNs;
    this.targetTickNs = this.hasTicks(nowNs) ? this.nextTickNs(nowNs) : -Infinity;
  }

  /** The newest read is over: its last reply has come, or nothing more was waited for. */
  readFinished(nowNs: number): void {
    if (this.targetTickNs === -Infinity) return;
    const isLate = nowNs > this.targetTickNs;
    const stepNs = STEP_NS + this.firstStepNs;
    this.firstStepNs *= STEP_DECAY;
    const change = isLate ? stepNs * (1 - LATE_FRACTION) : -stepNs * LATE_FRACTION;
    this.leadNs = Math.max(0, Math.min(MAX_LEAD_FRACTION * this.periodNs, this.leadNs + change));
  }

  /** When the next read begins; not before now. */
  nextNs(nowNs: number): number {
    if (!this.hasTicks(nowNs)) return Math.max(nowNs, this.startedNs + this.periodNs);
    let tickNs = this.nextTickNs(nowNs);
    if (tickNs - this.targetTickNs < this.periodNs / 2) tickNs += this.periodNs;
    return Math.max(nowNs, tickNs - this.leadNs);
  }

  /** There are ticks. */
  hasTicks(nowNs: number): boolean {
    return nowNs - this.tickNs < MAX_TICK_GAP_PERIODS * this.periodNs;
  }

  /** The first tick for which a read that begins at `nowNs` is not too late. */
  private nextTickNs(nowNs: number): number {
    return this.tickNs + Math.ceil((nowNs - this.tickNs + this.leadNs / 2) / this.periodNs) * this.periodNs;
  }
}
