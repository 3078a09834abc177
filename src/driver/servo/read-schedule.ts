import { NS_PER_MS } from '../../base/clock.ts';

const FIRST_LEAD_NS = 3 * NS_PER_MS;
/** Part of the period by which a read may begin before its tick. */
const MOST_LEAD = 0.8;
/** How many ticks may wait for their reading: a lead that the slowest reads fit into would make every reading older for their sake. */
const LATE_PART = 0.1;
/** What a late reading moves the lead by, less LATE_PART; those in time bring it back. Larger at first, by half after every 70 reads. */
const STEP_NS = 0.02 * NS_PER_MS;
const FIRST_STEP_NS = 0.3 * NS_PER_MS;
const CALMER = 0.99;
/** Without ticks for so many periods the line is over, or pauses. */
const LONGEST_PAUSE = 3;

/**
 * When to read so that the reading comes just as the line's tick wants it. The lead is the quantile of the reads' durations that leaves
 * LATE_PART outside (Robbins and Monro 1951): for those the tick waits. Without ticks: once a period.
 */
export class ReadSchedule {
  private readonly periodNs: number;
  /** Of the newest tick. */
  private tickNs = -Infinity;
  private leadNs: number;
  private firstStepNs = FIRST_STEP_NS;
  /** Begin of the newest read, and the tick that it is for. */
  private startedNs = -Infinity;
  private servedNs = -Infinity;

  constructor(periodNs: number) {
    this.periodNs = periodNs;
    this.leadNs = Math.min(FIRST_LEAD_NS, MOST_LEAD * periodNs);
  }

  /** How long before its tick a read begins. */
  get lead(): number {
    return this.leadNs;
  }

  /** The line's tick of this time begins. */
  ticked(deadlineNs: number): void {
    this.tickNs = deadlineNs;
  }

  began(nowNs: number): void {
    this.startedNs = nowNs;
    this.servedNs = this.isDriven(nowNs) ? this.nextTickNs(nowNs) : -Infinity;
  }

  /** The newest read is over: its last reply has come, or nothing more was waited for. */
  ended(nowNs: number): void {
    if (this.servedNs === -Infinity) return;
    const isLate = nowNs > this.servedNs;
    const stepNs = STEP_NS + this.firstStepNs;
    this.firstStepNs *= CALMER;
    const change = isLate ? stepNs * (1 - LATE_PART) : -stepNs * LATE_PART;
    this.leadNs = Math.max(0, Math.min(MOST_LEAD * this.periodNs, this.leadNs + change));
  }

  /** When the next read begins; not before now. */
  nextNs(nowNs: number): number {
    if (!this.isDriven(nowNs)) return Math.max(nowNs, this.startedNs + this.periodNs);
    let tickNs = this.nextTickNs(nowNs);
    if (tickNs - this.servedNs < this.periodNs / 2) tickNs += this.periodNs;
    return Math.max(nowNs, tickNs - this.leadNs);
  }

  /** There are ticks. */
  isDriven(nowNs: number): boolean {
    return nowNs - this.tickNs < LONGEST_PAUSE * this.periodNs;
  }

  /** The first tick for which a read that begins at `nowNs` is not too late. */
  private nextTickNs(nowNs: number): number {
    return this.tickNs + Math.ceil((nowNs - this.tickNs + this.leadNs / 2) / this.periodNs) * this.periodNs;
  }
}
